using Kubernetes.Tests.Running;
using Xunit;

namespace Kubernetes.Tests.Tokens;

/// <summary>ztunnel asks for the identities of its node (istio-ca §2.6, appendix B item 6).</summary>
[Trait("Category", "Long")]
public sealed class ImpersonationTests(TokenService fixture) : IClassFixture<TokenService>
{
    private readonly KubernetesCluster _cluster = fixture.Cluster;
    private readonly MeshService _service = fixture.Service;

    [Theory]
    [InlineData("Kubernetes")]
    [InlineData("primary")]
    [InlineData(null)]
    public async Task A_node_proxy_gets_the_certificates_of_the_pods_on_its_node(string? cluster)
    {
        // Without a cluster id home is meant.
        var workload = await fixture.NewWorkloadAsync(node: "node-a");
        var proxy = await NewProxyAsync("node-a");
        Assert.Equal(workload.Identity, await _service.IdentityAsync(Answers.Of(await proxy.TokenAsync(), workload.Identity) with { Cluster = cluster }));
        Assert.Equal(proxy.Identity, await _service.IdentityAsync(Answers.Of(await proxy.TokenAsync(), proxy.Identity) with { Cluster = cluster }));
    }

    [Fact]
    public async Task A_pod_of_another_node_is_not_its()
    {
        var workload = await fixture.NewWorkloadAsync(node: "node-b");
        var proxy = await NewProxyAsync("node-a");
        await RefusesAsync(await proxy.TokenAsync(), workload.Identity, "ImpersonatedNotOnNode");
    }

    [Fact]
    public async Task A_pod_that_succeeded_has_no_identity_left()
    {
        var workload = await fixture.NewWorkloadAsync();
        var proxy = await NewProxyAsync("node-a");
        await _cluster.SetPhaseAsync(workload.Pod, "Succeeded");
        await RefusesAsync(await proxy.TokenAsync(), workload.Identity, "ImpersonatedNotOnNode");
    }

    [Fact]
    public async Task Whoever_is_no_node_proxy_gets_its_own_identity_alone()
    {
        var workload = await fixture.NewWorkloadAsync();
        var other = await fixture.NewWorkloadAsync();
        await RefusesAsync(await other.TokenAsync(), workload.Identity, "ImpersonatorNotTrusted");
        Assert.Equal(other.Identity, await _service.IdentityAsync(Answers.Of(await other.TokenAsync(), other.Identity)));
    }

    [Fact]
    public async Task An_account_of_the_proxies_name_in_another_namespace_is_none()
    {
        var workload = await fixture.NewWorkloadAsync();
        var impostor = await fixture.NewWorkloadAsync("ztunnel");
        await RefusesAsync(await impostor.TokenAsync(), workload.Identity, "ImpersonatorNotTrusted");
    }

    [Fact]
    public async Task A_proxys_token_that_is_bound_to_no_pod_is_for_nobody_else()
    {
        var workload = await fixture.NewWorkloadAsync();
        var token = await _cluster.TokenAsync(fixture.ProxyNamespace, "ztunnel", "istio-ca");
        await RefusesAsync(token, workload.Identity, "ImpersonatorWithoutPod");
    }

    [Fact]
    public async Task A_token_of_a_proxys_former_pod_is_refused()
    {
        var workload = await fixture.NewWorkloadAsync();
        var proxy = await NewProxyAsync("node-a");
        var token = await proxy.TokenAsync();
        await _cluster.DeletePodAsync(proxy.Pod);
        await _cluster.CreatePodAsync(proxy.Pod);
        await _service.RefusesAsync(Answers.Of(token, workload.Identity), "ReviewRefused");
    }

    [Fact]
    public async Task An_identity_of_another_trust_domain_is_refused()
    {
        var workload = await fixture.NewWorkloadAsync();
        var proxy = await NewProxyAsync("node-a");
        var foreign = workload.Identity.Replace("cluster.local", "elsewhere.example", StringComparison.Ordinal);
        await RefusesAsync(await proxy.TokenAsync(), foreign, "ImpersonatedForeign");
    }

    [Fact]
    public async Task A_comma_or_anything_else_that_is_no_plain_identity_is_refused()
    {
        var workload = await fixture.NewWorkloadAsync();
        var proxy = await NewProxyAsync("node-a");
        foreach (var identity in (string[])
            [
                $"{workload.Identity},spiffe://cluster.local/ns/kube-system/sa/admin",
                $"{workload.Identity}/x",
                $"{workload.Identity}%20",
                workload.Identity.Replace("spiffe://", "SPIFFE://", StringComparison.Ordinal),
                $"{workload.Identity}?a=b",
            ])
        {
            await RefusesAsync(await proxy.TokenAsync(), identity, "ImpersonatedMalformed");
        }
    }

    private Task<Workload> NewProxyAsync(string node) =>
        fixture.StartPodAsync(new Pod(fixture.ProxyNamespace, $"ztunnel-{Guid.NewGuid():n}", "ztunnel", node));

    private async Task RefusesAsync(string token, string identity, string reason)
    {
        using var client = _service.Connect();
        var status = await client.RefusalOfAsync(Answers.Of(token, identity));
        Assert.Equal((Grpc.Core.StatusCode.Unauthenticated, "request impersonation authentication failure"), (status.StatusCode, status.Detail));
        await Answers.AuditAsync(_service, reason);
    }
}
