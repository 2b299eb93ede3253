using System.Text.Json;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Configuration;
using MeshCA.Policies;
using MeshCA.PolicySources;
using MeshCA.PolicySources.Watched;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.PolicySources.Watched;

public sealed class PolicyStatusWriterTests : IDisposable
{
    private readonly RecordingLogger _log = new();
    private readonly TestMeterFactory _meters = new();
    private readonly PolicySnapshots _snapshots = new();
    private readonly SetCluster _cluster = new();
    private readonly Statuses _statuses;
    private readonly ManualTimeProvider _clock = new();
    private readonly PolicyLoader _loader;
    private bool _isLeader = true;

    public PolicyStatusWriterTests()
    {
        _statuses = new(_cluster);
        _loader = new(
            new PolicyOptions { Debounce = TimeSpan.Zero },
            "cluster.local",
            new KeptInMemory(),
            new MemoryStore(),
            _snapshots,
            new PolicyMetrics(_meters),
            _clock,
            new Logger<PolicyLoader>(_log),
            _cluster);
    }

    public void Dispose()
    {
        _loader.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task Each_policy_is_told_what_became_of_it_and_once_only()
    {
        _cluster.Workloads.Take(null, Samples.Pod("cart-1", "cart", ("app", "cart")));
        _cluster.Put(Samples.Policy("good", Samples.Deny("""{"app":"cart"}"""), generation: 3));
        _cluster.Put(Samples.Policy("bad", Samples.Deny(port: "no-port")));
        _cluster.Put(Samples.Policy("idle", Samples.Deny("""{"app":"nobody"}""")));
        await _loader.ReloadAsync(default);
        using var writer = Writer();

        await RoundAsync(writer);
        await RoundAsync(writer);

        Assert.Equal(3, _statuses.Written.Count);
        Assert.Equal(("True", "True", 3), Of("good"));
        Assert.Equal(("False", "Unknown", 1), Of("bad"));
        Assert.Contains("spec.rules[0].to[0].operation.ports[0]", Condition("bad", PolicyConditions.Accepted, "message"), StringComparison.Ordinal);
        Assert.Equal(("True", "False", 1), Of("idle"));
        Assert.Equal(PolicyVerdicts.NoWorkload, Condition("idle", PolicyConditions.Effective, "reason"));
    }

    [Fact]
    public async Task A_version_that_was_not_judged_yet_waits()
    {
        _cluster.Put(Samples.Policy("a", Samples.Deny()));
        await _loader.ReloadAsync(default);
        _cluster.Put(Samples.Policy("a", Samples.Deny(port: "no"), generation: 2));
        using var writer = Writer();

        await RoundAsync(writer);
        Assert.Empty(_statuses.Written);

        await _loader.ReloadAsync(default);
        await RoundAsync(writer);
        Assert.Equal("KeptLastGood", Condition("a", PolicyConditions.Accepted, "reason"));
    }

    [Fact]
    public async Task Only_the_leader_writes()
    {
        _cluster.Put(Samples.Policy("a", Samples.Deny()));
        await _loader.ReloadAsync(default);
        _isLeader = false;
        using var writer = Writer();
        await RoundAsync(writer);
        Assert.Empty(_statuses.Written);
    }

    [Fact]
    public async Task Whoever_undoes_a_status_again_and_again_is_left_alone()
    {
        _cluster.Put(Samples.Policy("a", Samples.Deny()));
        await _loader.ReloadAsync(default);
        using var writer = Writer();
        _statuses.AreDropped = true;
        for (var i = 0; i < 10; i++)
        {
            await RoundAsync(writer);
        }

        Assert.Equal(3, _statuses.Written.Count);
        Assert.Single(_log.Entries, entry => entry.EventId == 9156);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_ends_the_round()
    {
        _cluster.Put(Samples.Policy("a", Samples.Deny()));
        _cluster.Put(Samples.Policy("b", Samples.Deny()));
        await _loader.ReloadAsync(default);
        using var writer = Writer();
        _statuses.Failure = new(ApiFailureKind.Unreachable, "gone");
        await RoundAsync(writer);
        Assert.Single(_statuses.Written);

        _statuses.Failure = null;
        await RoundAsync(writer);
        Assert.Equal(3, _statuses.Written.Count);
    }

    private (string?, string?, int) Of(string name) => (
        Condition(name, PolicyConditions.Accepted, "status"),
        Condition(name, PolicyConditions.Effective, "status"),
        StatusOf(name).GetProperty("observedGeneration").GetInt32());

    private string? Condition(string name, string type, string member) => StatusOf(name).GetProperty("conditions").EnumerateArray()
        .Single(condition => condition.GetProperty("type").GetString() == type).GetProperty(member).GetString();

    private JsonElement StatusOf(string name) => _statuses.Written.Last(written => written.Name == name).Status;

    private PolicyStatusWriter Writer() => new(
        _cluster.Policies,
        _statuses,
        _loader,
        _snapshots,
        () => _isLeader,
        new StatusWriterSettings(20),
        new ClusterPolicyMetrics(_meters),
        _clock,
        new Logger<PolicyStatusWriter>(_log));

    private async Task RoundAsync(PolicyStatusWriter writer)
    {
        var round = writer.WriteAsync(TestContext.Current.CancellationToken);
        while (!round.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        await round;
    }

    private sealed class Statuses(SetCluster cluster) : IPolicyStatuses
    {
        public List<(string Name, JsonElement Status)> Written { get; } = [];

        public bool AreDropped { get; set; }

        public ApiFailure? Failure { get; set; }

        public Task<ApiOutcome<JsonElement>> WriteAsync(WatchedPolicy policy, JsonElement status, CancellationToken cancellationToken)
        {
            Written.Add((policy.Id.Name, status));
            if (Failure is { } failure)
            {
                return Task.FromResult<ApiOutcome<JsonElement>>(new ApiOutcome<JsonElement>.Failed(failure));
            }

            if (!AreDropped)
            {
                cluster.Policies.Take(null, new V1AuthorizationPolicy
                {
                    Metadata = new()
                    {
                        Name = policy.Id.Name,
                        Namespace = policy.Id.Namespace,
                        Uid = policy.Uid,
                        Generation = policy.Generation,
                        CreationTimestamp = DateTimeOffset.UnixEpoch,
                    },
                    Spec = Samples.Json(System.Text.Encoding.UTF8.GetString(policy.Text.Utf8.Span)).GetProperty("spec"),
                    Status = status,
                });
            }

            return Task.FromResult<ApiOutcome<JsonElement>>(new ApiOutcome<JsonElement>.Done(status));
        }
    }
}
