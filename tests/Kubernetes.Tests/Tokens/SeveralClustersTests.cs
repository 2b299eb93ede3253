using Kubernetes.Tests.Running;
using Xunit;

namespace Kubernetes.Tests.Tokens;

/// <summary>Two clusters with the same issuer name and different keys, each with its own trust.</summary>
[Trait("Category", "Long")]
public sealed class SeveralClustersTests(SharedCluster shared) : IAsyncLifetime
{
    private KubernetesCluster _east = null!; // set before each test

    public async ValueTask InitializeAsync() => _east = await KubernetesCluster.StartAsync();

    public ValueTask DisposeAsync() => _east.DisposeAsync();

    [Fact]
    public async Task Each_cluster_speaks_for_its_own_accounts_its_own_namespaces_and_its_own_trust_domain()
    {
        var home = await shared.StartedAsync();
        var ns = shared.NewName("shop");
        foreach (var cluster in (KubernetesCluster[])[home, _east])
        {
            await cluster.CreateNamespaceAsync(ns);
            await cluster.CreateAccountAsync(ns, "web");
        }

        await _east.CreateNamespaceAsync("private");
        await _east.CreateAccountAsync("private", "web");
        await using var service = await MeshService.StartAsync(
            home,
            ("Kubernetes:Clusters:1:Id", "east"),
            ("Kubernetes:Clusters:1:Aliases:0", "region-2"),
            ("Kubernetes:Clusters:1:Kubeconfig", await Installation.KubeconfigAsync(_east)),
            ("Kubernetes:Clusters:1:Namespaces:0", ns),
            ("Kubernetes:Clusters:2:Id", "foreign"),
            ("Kubernetes:Clusters:2:Kubeconfig", await Installation.KubeconfigAsync(_east)),
            ("Kubernetes:Clusters:2:TrustDomain", "foreign.example"));

        var here = Answers.Of(await home.TokenAsync(ns, "web", "istio-ca"));
        var there = Answers.Of(await _east.TokenAsync(ns, "web", "istio-ca"));
        Assert.Equal($"spiffe://cluster.local/ns/{ns}/sa/web", await service.IdentityAsync(here));
        Assert.Equal($"spiffe://cluster.local/ns/{ns}/sa/web", await service.IdentityAsync(there with { Cluster = "east" }));
        Assert.Equal($"spiffe://cluster.local/ns/{ns}/sa/web", await service.IdentityAsync(there with { Cluster = "region-2" }));

        // Whoever controls one cluster cannot speak for another.
        await service.RefusesAsync(there, "UnknownKey");
        await service.RefusesAsync(here with { Cluster = "east" }, "UnknownKey");
        await service.RefusesAsync(Answers.Of(await _east.TokenAsync("private", "web", "istio-ca")) with { Cluster = "east" }, "NamespaceNotAllowed");

        // Accounts of a cluster with a trust domain of its own get certificates of that one, below the same root (ADR 0010), and
        // nothing that they show makes them anybody here.
        using (var client = service.Connect())
        {
            var foreign = await Answers.AskAsync(client, there with { Cluster = "foreign" });
            Assert.Equal($"spiffe://foreign.example/ns/{ns}/sa/web", Answers.IdentityOf(foreign));
            Assert.Equal((await Answers.AskAsync(client, here)).Elements[^1], foreign.Elements[^1]);
        }

        await service.RefusesAsync(here with { Cluster = "foreign" }, "UnknownKey");

        // One that is away does not take the others with it.
        await _east.CreateAccountAsync(ns, "late"); // within a second two tokens of one account are the same token
        var later = Answers.Of(await _east.TokenAsync(ns, "late", "istio-ca")) with { Cluster = "east" };
        await _east.KillServerAsync();
        await service.CannotTellAsync(later);
        Assert.Equal($"spiffe://cluster.local/ns/{ns}/sa/web", await service.IdentityAsync(here));
    }
}
