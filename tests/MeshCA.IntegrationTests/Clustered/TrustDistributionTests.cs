using System.IO;
using System.Text;
using KubernetesClient.Models;
using MeshCA.Authorities;
using MeshCA.Consumers;
using MeshCA.IntegrationTests.Running;
using MeshCA.Rotations;
using MeshCA.TrustDistribution;
using TestSupport.Kubernetes;
using Xunit;

namespace MeshCA.IntegrationTests.Clustered;

/// <summary>istio-ca §4.6, §4.7, §6.7 and appendix B item 11, through the whole service.</summary>
public sealed class TrustDistributionTests : IAsyncLifetime
{
    private const string RootsMap = "istio-ca-root-cert";
    private const string RootsKey = "root-cert.pem";
    private HomeCluster? _cluster;

    private HomeCluster Cluster => _cluster!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await HomeCluster.StartAsync();
        foreach (var name in new[] { "default", "kube-system", "kube-public", "istio-system" })
        {
            Cluster.AddNamespace(name);
        }
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    [Fact]
    public async Task Every_namespace_has_the_bundle_new_ones_too_and_what_is_edited_or_deleted_comes_back()
    {
        var mesh = await Cluster.StartAsync("a", ("TrustDistribution:Enabled", "true"), ("TrustDistribution:RevocationLists", "true"));
        var pem = await mesh.ReadBundleAsync();
        await HasAsync("default", pem);
        await HasAsync("kube-system", pem);

        Cluster.AddNamespace("shop");
        await HasAsync("shop", pem);
        Assert.Equal("true", Cluster.Server.Find<V1ConfigMap>(RootsMap, "shop")!.Metadata.Labels!["istio.io/config"]);
        await Eventually.TrueAsync(
            async () => Cluster.Data("istio-ca-crl", "shop", "ca-crl.pem") == await mesh.GetAsync("/crl.pem"), "the revocation lists");

        var map = Cluster.Server.Find<V1ConfigMap>(RootsMap, "shop")!;
        Cluster.Server.Put(map with { Data = new Dictionary<string, string> { [RootsKey] = "edited" } });
        await HasAsync("shop", pem);
        Cluster.Server.Remove<V1ConfigMap>(RootsMap, "shop");
        await HasAsync("shop", pem);
        Assert.Null(Cluster.Server.Find<V1ConfigMap>(RootsMap, "kube-public"));
    }

    [Fact]
    public async Task A_namespace_that_ends_is_skipped_and_a_forbidden_one_holds_nobody_up_but_a_rotation()
    {
        Cluster.AddNamespace("ending", "Terminating");
        Cluster.AddNamespace("locked");
        Cluster.Server.Fault = request => request.Method == "PATCH" && request.Path.Contains("/locked/", StringComparison.Ordinal)
            ? new FakeApiFault.Error(403, "Forbidden")
            : null;
        var mesh = await Cluster.StartAsync("a", ("TrustDistribution:Enabled", "true"));
        await HasAsync("default", await mesh.ReadBundleAsync());
        Assert.Null(Cluster.Server.Find<V1ConfigMap>(RootsMap, "ending"));

        // istio-ca §6.7 item 6: the next root must not sign before every namespace has it.
        var coordinator = mesh.Part<RotationCoordinator>();
        Assert.IsType<RotationOutcome.Done>(await coordinator.BeginAsync(isManual: true, Order(mesh), TestContext.Current.CancellationToken));
        var both = await mesh.ReadBundleAsync();
        await HasAsync("default", both);
        Assert.Equal(2, CsrAnswer.BlocksOf(both));
        await Eventually.TrueAsync(
            async () => (await coordinator.ReportAsync(TestContext.Current.CancellationToken)).Fleet.Laggards
                .Where(laggard => laggard.Kind == LaggardKind.Namespace).ToList() is [{ Subject: var subject }]
                && subject.StartsWith("namespace locked of cluster Kubernetes: Forbidden", StringComparison.Ordinal),
            "the forbidden namespace as the only one that lacks the bundle");
        var guarded = Assert.IsType<RotationOutcome.Guarded>(
            await coordinator.ExecuteAsync(new AuthorityCommand.Activate(), Order(mesh), TestContext.Current.CancellationToken));
        Assert.Contains(guarded.Unmet, condition => condition.Kind == ConditionKind.Consumers);
    }

    [Fact]
    public async Task Only_the_leader_writes()
    {
        (string, string)[] settings = [("TrustDistribution:Enabled", "true")];
        var a = await Cluster.StartReplicaAsync("a", settings);
        await HomeCluster.LeadsAsync(a);
        await Cluster.StartReplicaAsync("b", settings);
        await HasAsync("default", await a.ReadBundleAsync());
        Cluster.AddNamespace("shop");
        await HasAsync("shop", await a.ReadBundleAsync());
        Assert.All(
            Cluster.Server.Requests.Where(request => request.Path.EndsWith($"/configmaps/{RootsMap}", StringComparison.Ordinal)),
            request => Assert.Equal("Bearer a", request.Authorization));
    }

    [Fact]
    public async Task Istiods_certificate_and_webhooks_lead_to_the_bundle_that_the_namespaces_have()
    {
        Cluster.Server.Put(
            V1MutatingWebhookConfiguration.Resource,
            """
            {"metadata":{"name":"istio-sidecar-injector","labels":{"istio.io/rev":"default"}},"webhooks":[{"name":"namespace.sidecar-injector.istio.io","clientConfig":{"service":{"name":"istiod","namespace":"istio-system"}},"sideEffects":"None"}]}
            """);
        var mesh = await Cluster.StartAsync(
            "a",
            ("TrustDistribution:Enabled", "true"),
            ("TrustDistribution:WebhookRevisions:0", "default"),
            ("TrustDistribution:IstiodSecret", "istio-system/istiod-tls"));
        var pem = await mesh.ReadBundleAsync();
        await Eventually.TrueAsync(() => Cluster.Server.Find<V1Secret>("istiod-tls", "istio-system") is not null, "istiod's certificate");
        var secret = Cluster.Server.Find<V1Secret>("istiod-tls", "istio-system")!;
        Assert.Equal("kubernetes.io/tls", secret.Type);

        // A TLS implementation that nobody here wrote accepts it under the roots that the config maps have.
        await HasAsync("istio-system", pem);
        var (roots, chain) = (mesh.Home.File("roots.pem"), mesh.Home.File("chain.pem"));
        await File.WriteAllTextAsync(roots, Cluster.Data(RootsMap, "istio-system", RootsKey), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(chain, secret.Data!["tls.crt"], TestContext.Current.CancellationToken);
        var verified = await OpenSsl.RunAsync(
            "verify", "-purpose", "sslserver", "-verify_hostname", "istiod.istio-system.svc", "-CAfile", roots, "-untrusted", chain, chain);
        Assert.Contains("OK", verified, StringComparison.Ordinal);

        await Eventually.TrueAsync(
            () => Cluster.Server.Find<V1MutatingWebhookConfiguration>("istio-sidecar-injector")!.Webhooks![0].ClientConfig!.CaBundle is { } bundle
                && Encoding.UTF8.GetString(bundle) == pem,
            "the webhook's bundle");
    }

    [Fact]
    public async Task A_thousand_namespaces_get_it_and_the_time_is_told()
    {
        for (var i = 0; i < 1_000; i++)
        {
            Cluster.AddNamespace($"ns-{i}");
        }

        var mesh = await Cluster.StartAsync("a", ("TrustDistribution:Enabled", "true"));
        var started = TimeProvider.System.GetTimestamp();
        await Eventually.TrueAsync(
            () => Task.FromResult(Cluster.Server.All<V1ConfigMap>().Count(map => map.Metadata.Name == RootsMap) == 1_003),
            "the bundle in 1,003 namespaces",
            TimeSpan.FromMinutes(2));
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"1,003 namespaces in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:F1} s after the start");
        Assert.Empty(Assert.Single(mesh.Part<DistributionWorker>().Measure(1).Clusters).Behind);
    }

    [Fact]
    public async Task Every_cluster_gets_it_and_one_that_is_down_holds_up_no_other()
    {
        await using var far = await FakeApiServer.StartAsync(TestContext.Current.CancellationToken);
        far.Put(new V1Namespace { Metadata = new() { Name = "far-shop" } });
        far.IsDown = true;
        var mesh = await Cluster.StartAsync(
            "a",
            ("TrustDistribution:Enabled", "true"),
            ("Kubernetes:Clusters:1:Id", "far"),
            ("Kubernetes:Clusters:1:Kubeconfig", Cluster.Kubeconfig("far", far.Url)),
            ("Kubernetes:Clusters:1:Tokens:Mode", "Off"));
        var pem = await mesh.ReadBundleAsync();
        await HasAsync("default", pem);

        // What is not known of one cluster keeps a root from signing.
        var coordinator = mesh.Part<RotationCoordinator>();
        var before = await coordinator.ReportAsync(TestContext.Current.CancellationToken);
        Assert.False(before.Fleet.IsComplete);

        far.IsDown = false;
        await Eventually.TrueAsync(() => far.Find<V1ConfigMap>(RootsMap, "far-shop")?.Data?[RootsKey] == pem, "the bundle in the other cluster");
        Assert.True((await coordinator.ReportAsync(TestContext.Current.CancellationToken)).Fleet.IsComplete);
    }

    private static CommandContext Order(TestMesh mesh) => new(mesh.Home.Clock.GetUtcNow(), "uid:0", "test");

    private Task HasAsync(string ns, string pem) => Eventually.TrueAsync(() => Cluster.Data(RootsMap, ns, RootsKey) == pem, $"the bundle in `{ns}`");
}
