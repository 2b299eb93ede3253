using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Kubernetes.Tests.Running;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace Kubernetes.Tests.Distribution;

/// <summary>Roots in every namespace, in webhooks and for istiod (istio-ca §4.7, §6.7, appendix B item 11).</summary>
[Trait("Category", "Long")]
public sealed class DistributionTests(DistributionService fixture, ITestOutputHelper output) : IClassFixture<DistributionService>
{
    private const int Storm = 1000;
    private readonly KubernetesCluster _cluster = fixture.Cluster;

    private static CancellationToken Ends => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_namespace_has_the_roots_in_under_a_second()
    {
        var bundle = await fixture.BundleAsync();
        var times = new List<double>();
        for (var i = 0; i < 20; i++)
        {
            var ns = Name();
            await _cluster.CreateNamespaceAsync(ns);
            var made = TimeProvider.System.GetTimestamp();
            await Eventually.TrueAsync(async () => await fixture.RootsAsync(ns) == bundle, $"the bundle in {ns}");
            times.Add(TimeProvider.System.GetElapsedTime(made).TotalMilliseconds);
        }

        await ListsReachAsync(Name(last: true));
        times.Sort();
        output.WriteLine($"from a namespace's creation to its config map: median {times[10]:F0} ms, slowest {times[^1]:F0} ms of {times.Count}");
        var map = await _cluster.Admin.GetAsync($"/api/v1/namespaces/{Name(last: true)}/configmaps/istio-ca-root-cert");
        Assert.Equal("true", map["metadata"]!["labels"]!["istio.io/config"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_is_edited_or_deleted_is_repaired()
    {
        var ns = Name();
        var path = $"/api/v1/namespaces/{ns}/configmaps/istio-ca-root-cert";
        await _cluster.CreateNamespaceAsync(ns);
        await fixture.ReachesAsync(ns);
        await _cluster.Admin.MergeAsync(path, JsonNode.Parse("""{"data": {"root-cert.pem": "forged"}}""")!);
        await fixture.ReachesAsync(ns);
        await _cluster.Admin.DeleteAsync(path);
        await fixture.ReachesAsync(ns);
        await _cluster.KubectlAsync("", "-n", ns, "label", "configmap", "istio-ca-root-cert", "istio.io/config-");
        await Eventually.TrueAsync(async () => (await _cluster.Admin.GetAsync(path))["metadata"]!["labels"]?["istio.io/config"] is not null, "the label");
    }

    [Fact]
    public async Task A_namespace_that_ends_is_left_alone()
    {
        var ns = Name();
        await _cluster.CreateNamespaceAsync(ns);
        await fixture.ReachesAsync(ns);
        await ListsReachAsync(ns);
        await _cluster.Admin.DeleteAsync($"/api/v1/namespaces/{ns}"); // no controller ends it, so it stays Terminating

        // Each of the two watches is told in order: what comes after shows that what came before was seen.
        var later = Name();
        await _cluster.CreateNamespaceAsync(later);
        await fixture.ReachesAsync(later);
        var before = Written(ns);
        await _cluster.Admin.DeleteAsync($"/api/v1/namespaces/{ns}/configmaps/istio-ca-root-cert");
        await _cluster.Admin.DeleteAsync($"/api/v1/namespaces/{later}/configmaps/istio-ca-root-cert");
        await fixture.ReachesAsync(later);
        Assert.Null(await fixture.RootsAsync(ns));
        Assert.Equal(before, Written(ns));
    }

    [Fact]
    public async Task A_namespace_where_it_may_not_write_holds_up_no_other()
    {
        var closed = Name();
        await _cluster.CreateNamespaceAsync(closed);
        await fixture.ReachesAsync(closed);

        // A full quota refuses with 403, as an admission policy would.
        var quota = JsonNode.Parse("""{"metadata": {"name": "none"}, "spec": {"hard": {"count/configmaps": "0"}}}""")!;
        await _cluster.Admin.PostAsync($"/api/v1/namespaces/{closed}/resourcequotas", quota);
        await _cluster.Admin.MergeAsync(
            $"/api/v1/namespaces/{closed}/resourcequotas/none/status",
            JsonNode.Parse("""{"status": {"hard": {"count/configmaps": "0"}, "used": {"count/configmaps": "0"}}}""")!);
        await _cluster.Admin.DeleteAsync($"/api/v1/namespaces/{closed}/configmaps/istio-ca-root-cert");
        await Eventually.TrueAsync(
            () => _cluster.Audit.Read(Installation.User).Any(entry => entry is { Code: 403, Resource: "configmaps" } && entry.Namespace == closed), "a refusal");
        var other = Name();
        await _cluster.CreateNamespaceAsync(other);
        await fixture.ReachesAsync(other);
    }

    [Theory]
    [InlineData("kube-public")]
    [InlineData("kube-node-lease")]
    public async Task Namespaces_that_istiod_leaves_out_are_left_out(string ns) => Assert.Null(await fixture.RootsAsync(ns));

    [Fact]
    public async Task A_webhooks_callers_trust_the_same_roots()
    {
        var bundle = await fixture.BundleAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                var hook = await _cluster.Admin.GetAsync("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/meshca-policies");
                return hook["webhooks"]![0]!["clientConfig"]!["caBundle"]?.GetValue<string>() is { } given
                    && Encoding.UTF8.GetString(Convert.FromBase64String(given)) == bundle;
            },
            "the webhook's caBundle");
    }

    [Fact]
    public async Task Istiod_gets_a_certificate_for_its_names()
    {
        JsonNode? secret = null;
        await Eventually.TrueAsync(
            async () => (secret = await _cluster.Admin.FindAsync("/api/v1/namespaces/istio-system/secrets/istiod-tls")) is not null, "istiod's secret");
        var pem = Encoding.UTF8.GetString(Convert.FromBase64String(secret!["data"]!["tls.crt"]!.GetValue<string>()));
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(pem);
        Assert.True(chain[0].MatchesHostname("istiod.istio-system.svc"));
        Assert.Equal("", ChainFault.Find(chain[0], chain.Skip(1), fixture.Service.Process.Bundle, TimeProvider.System.GetUtcNow()));
    }

    [Fact]
    public async Task A_storm_of_a_thousand_namespaces_is_distributed()
    {
        var bundle = await fixture.BundleAsync();
        var started = TimeProvider.System.GetTimestamp();
        await Parallel.ForAsync(
            0, Storm, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Ends }, async (i, _) => await _cluster.CreateNamespaceAsync($"storm-{i}"));
        var made = TimeProvider.System.GetElapsedTime(started);
        await Eventually.TrueAsync(
            async () =>
            {
                var maps = await _cluster.Admin.GetAsync("/api/v1/configmaps?fieldSelector=metadata.name%3Distio-ca-root-cert");
                return maps["items"]!.AsArray().Count(map =>
                    map!["metadata"]!["namespace"]!.GetValue<string>().StartsWith("storm-", StringComparison.Ordinal)
                    && map["data"]!["root-cert.pem"]!.GetValue<string>() == bundle) == Storm;
            },
            "the bundle in each namespace",
            TimeSpan.FromMinutes(3));
        output.WriteLine(
            $"{Storm} namespaces made in {made.TotalSeconds:F1} s; the last config map was there {TimeProvider.System.GetElapsedTime(started).TotalSeconds:F1} s after the first namespace was asked for");
    }

    private Task ListsReachAsync(string ns) => Eventually.TrueAsync(
        async () => await _cluster.Admin.FindAsync($"/api/v1/namespaces/{ns}/configmaps/istio-ca-crl") is not null, $"the revocation lists in {ns}");

    private int Written(string ns) => _cluster.Audit.Read(Installation.User).Count(entry => entry.Namespace == ns && entry.Resource == "configmaps");

    private static int _names;

    private static string Name(bool last = false) => $"ns-{(last ? Volatile.Read(ref _names) : Interlocked.Increment(ref _names))}";
}
