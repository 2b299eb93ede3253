using System.IO;
using AuthzEngine.Admission;
using MeshCA.Auditing;
using MeshCA.Configuration;
using MeshCA.Policies;
using MeshCA.PolicySources;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.PolicySources.Watched;

public sealed class WatchedSourceTests : IDisposable
{
    private const string Cart = "spiffe://cluster.local/ns/shop/sa/cart";

    private readonly TemporaryDirectory _directory = new();
    private readonly KeptInMemory _store = new();
    private readonly MemoryStore _audit = new();
    private readonly RecordingLogger _log = new();
    private readonly TestMeterFactory _meters = new();
    private readonly PolicySnapshots _snapshots = new();
    private readonly SetCluster _cluster = new();
    private readonly PolicyOptions _options = new() { Debounce = TimeSpan.Zero };

    public void Dispose()
    {
        _directory.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task Nothing_is_decided_before_everything_was_listed_once()
    {
        _cluster.HasSynced = false;
        _cluster.Put(Samples.Policy("a", Samples.Deny()));
        using var loader = Loader();
        await loader.ReloadAsync(default);
        Assert.Null(_snapshots.Current);
        Assert.True(Source("cluster", loader).IsFailed);

        _cluster.HasSynced = true;
        await loader.ReloadAsync(default);
        Assert.Equal("a", InForce());
    }

    [Fact]
    public async Task What_is_deleted_vanishes_and_an_unchanged_policy_is_not_read_again()
    {
        var (a, b) = (Samples.Policy("a", Samples.Deny()), Samples.Policy("b", Samples.Deny()));
        _cluster.Put(a);
        _cluster.Put(b);
        using var loader = Loader();
        await loader.ReloadAsync(default);
        var read = _snapshots.Current!.Resources.Find(Samples.Id("b"))!.InForce!.Resource;

        _cluster.Remove(a);
        Assert.True(await loader.ReloadAsync(default));

        Assert.Equal("b", InForce());
        Assert.Same(read, _snapshots.Current!.Resources.Find(Samples.Id("b"))!.InForce!.Resource);
    }

    [Fact]
    public async Task A_status_or_an_event_that_changes_nothing_makes_no_revision()
    {
        _cluster.Put(Samples.Policy("a", Samples.Deny()));
        using var loader = Loader();
        await loader.ReloadAsync(default);

        _cluster.Put(Samples.Policy("a", Samples.Deny(), generation: 1, status: """{"conditions":[]}"""));
        Assert.False(await loader.ReloadAsync(default));
    }

    [Fact]
    public async Task An_invalid_version_leaves_the_last_good_one_also_over_a_restart()
    {
        _cluster.Put(Samples.Policy("a", Samples.Deny()));
        using (var loader = Loader())
        {
            await loader.ReloadAsync(default);
            _cluster.Put(Samples.Policy("a", Samples.Deny(port: "no"), generation: 2));
            await loader.ReloadAsync(default);
            Assert.Equal(AdmissionStatus.KeptLastGood, _snapshots.Current!.Resources.Find(Samples.Id("a"))!.Status);
        }

        var after = new PolicySnapshots();
        using var again = Loader(after);
        await again.ReloadAsync(default);
        Assert.Equal(AdmissionStatus.KeptLastGood, after.Current!.Resources.Find(Samples.Id("a"))!.Status);
    }

    [Fact]
    public async Task A_policy_that_cannot_be_read_at_all_keeps_nobody_else_from_being_decided()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 40)) + "{}" + new string('}', 40);
        _cluster.Put(Samples.Policy("deep", deep));
        _cluster.Put(Samples.Policy("a", Samples.Deny()));
        using var loader = Loader();
        await loader.ReloadAsync(default);

        Assert.Equal("a", InForce());
        Assert.Equal(AdmissionStatus.Quarantined, _snapshots.Current!.Resources.Find(Samples.Id("deep"))!.Status);
    }

    [Fact]
    public async Task While_the_server_does_not_answer_the_last_state_stays_and_says_so_once()
    {
        _cluster.Put(Samples.Policy("a", Samples.Deny()));
        using var loader = Loader();
        await loader.ReloadAsync(default);

        _cluster.Fault = "the API server has not answered";
        Assert.True(await loader.ReloadAsync(default));
        Assert.False(await loader.ReloadAsync(default));

        Assert.Equal("a", InForce());
        Assert.Single(_log.Entries, entry => entry.EventId == 8002);
    }

    [Fact]
    public async Task Pods_are_the_workloads_that_may_be_asked_about_and_replicas_make_no_revision()
    {
        _cluster.Put(Samples.Policy("a", Samples.Deny("""{"app":"cart"}""")));
        _cluster.Workloads.Take(null, Samples.Pod("cart-1", "cart", ("app", "cart"), ("version", "v1")));
        using var loader = Loader();
        await loader.ReloadAsync(default);
        Assert.True(_snapshots.Current!.Workloads.TryFind(Cart, out var entry));
        var policies = _snapshots.Current.Policies;

        _cluster.Workloads.Take(null, Samples.Pod("cart-2", "cart", ("app", "cart"), ("version", "v1")));
        Assert.False(await loader.ReloadAsync(default));

        _cluster.Workloads.Take(null, Samples.Pod("cart-3", "cart", ("app", "cart"), ("version", "v2")));
        Assert.True(await loader.ReloadAsync(default));
        Assert.Same(policies, _snapshots.Current.Policies);
        Assert.True(_snapshots.Current.Workloads.TryFind(Cart, out _)); // no selector names `version`
    }

    [Fact]
    public async Task An_identity_of_pods_that_a_selector_tells_apart_cannot_be_decided()
    {
        _cluster.Put(Samples.Policy("a", Samples.Deny("""{"version":"v1"}""")));
        _cluster.Workloads.Take(null, Samples.Pod("cart-1", "cart", ("version", "v1")));
        _cluster.Workloads.Take(null, Samples.Pod("cart-2", "cart", ("version", "v2")));
        using var loader = Loader();
        await loader.ReloadAsync(default);
        Assert.False(_snapshots.Current!.Workloads.TryFind(Cart, out _));
    }

    [Fact]
    public async Task A_policy_in_a_file_and_in_the_cluster_is_a_duplicate_and_the_version_in_force_stays()
    {
        _cluster.Put(Samples.Policy("a", Samples.Deny()));
        _options.Directory = _directory.Path;
        await File.WriteAllTextAsync(_directory.File("none.yaml"), "# nothing\n", TestContext.Current.CancellationToken);
        using var loader = Loader();
        await loader.ReloadAsync(default);
        await File.WriteAllTextAsync(
            _directory.File("a.yaml"),
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: a, namespace: shop}\nspec: {action: DENY, rules: [{}]}\n",
            TestContext.Current.CancellationToken);
        await loader.ReloadAsync(default);

        Assert.Equal(AdmissionStatus.KeptLastGood, _snapshots.Current!.Resources.Find(Samples.Id("a"))!.Status);
    }

    [Fact]
    public async Task A_restart_that_finds_the_cluster_as_it_was_goes_on_under_its_revision()
    {
        _cluster.Put(Samples.Policy("a", Samples.Deny()));
        using (var loader = Loader())
        {
            await loader.ReloadAsync(default);
        }

        var after = new PolicySnapshots();
        using var again = Loader(after);
        await again.ReloadAsync(default);
        Assert.Equal(_snapshots.Current!.Revision, after.Current!.Revision);
    }

    private static AdmittedSource Source(string name, PolicyLoader loader) =>
        Assert.Single(loader.Status.Resources.Sources, source => source.Name == name);

    private string InForce() => string.Join(' ', _snapshots.Current!.Resources.InForce.Resources.Select(resource => resource.Id.Name));

    private PolicyLoader Loader(PolicySnapshots? snapshots = null) => new(
        _options,
        "cluster.local",
        _store,
        _audit,
        snapshots ?? _snapshots,
        new PolicyMetrics(_meters),
        new ManualTimeProvider(),
        new Logger<PolicyLoader>(_log),
        _cluster);
}

/// <summary>A store that keeps policies for one test.</summary>
internal sealed class KeptInMemory : IPolicyStore
{
    public StoredPolicies Kept { get; private set; } = StoredPolicies.None;

    public Task<StoredPolicies> LoadPoliciesAsync(CancellationToken cancellationToken) => Task.FromResult(Kept);

    public Task SavePoliciesAsync(
        StoredPolicies previous, StoredPolicies next, IReadOnlyList<AuditEvent> records, CancellationToken cancellationToken)
    {
        Kept = next;
        return Task.CompletedTask;
    }
}
