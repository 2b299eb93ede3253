using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Admin;
using TestSupport;
using TestSupport.Kubernetes;
using Xunit;

namespace MeshCA.IntegrationTests.Clusters;

/// <summary>ztunnel asks for the pods on its node, over the wire (istio-ca §2.6, §6.6; appendix B item 6).</summary>
public sealed class NodeProxyTests
{
    private const string Cart = "spiffe://cluster.local/ns/shop/sa/cart";
    private const string Ztunnel = "spiffe://cluster.local/ns/istio-system/sa/ztunnel";
    private const string Opaque = "request impersonation authentication failure";

    [Theory]
    [InlineData(null), InlineData("Kubernetes"), InlineData("primary")]
    public async Task A_node_proxy_gets_the_certificates_of_its_node_and_the_journal_knows_who_asked(string? cluster)
    {
        await using var home = await ClusterHome.StartAsync();
        var answer = await home.AskAsync(new Ask { Token = home.Ztunnel(), Cluster = cluster, Fields = ClusterHome.Impersonating(Cart) });
        var names = Assert.Single(answer.Leaf.Extensions, extension => extension.Oid?.Value == "2.5.29.17");
        Assert.Equal($"URI:{Cart}", names.Format(multiLine: false));
        var row = home.Home.Store.Read("SELECT subject, authenticator, pod_name, pod_uid, node_name FROM journal WHERE kind = 5")[0];
        Assert.Equal([Cart, $"tokenreview:Kubernetes by {Ztunnel}", "ztunnel-1", "uid-istio-system-ztunnel-1", ClusterHome.Node], row);
    }

    [Fact]
    public async Task One_token_serves_for_the_whole_node_and_is_reviewed_once()
    {
        await using var home = await ClusterHome.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            home.Cluster.PutAccount("shop", $"app-{i}");
            home.Cluster.Put("shop", $"app-{i}-1", $"app-{i}");
        }

        var token = home.Ztunnel();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => home.AskAsync(
            new Ask { Token = token, Fields = ClusterHome.Impersonating($"spiffe://cluster.local/ns/shop/sa/app-{i}") })));
        await home.AskAsync(new Ask { Token = token, Fields = ClusterHome.Impersonating(Ztunnel) });
        Assert.Equal(1, home.Cluster.Reviews);
    }

    [Theory]
    [InlineData("spiffe://elsewhere/ns/shop/sa/cart", "ImpersonatedForeign")]
    [InlineData(Cart + "," + Ztunnel, "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/*", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/c%61rt", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/Cart", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/../sa/cart", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/cart/x", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/nobody", "AccountGone")]
    public async Task What_is_no_identity_of_a_pod_on_the_node_is_denied(string identity, string reason)
    {
        await using var home = await ClusterHome.StartAsync();
        await DeniesAsync(home, home.Ztunnel(), identity, reason);
    }

    [Fact]
    public async Task Another_account_is_no_node_proxy()
    {
        await using var home = await ClusterHome.StartAsync();
        await DeniesAsync(home, home.Token(), Ztunnel, "ImpersonatorNotTrusted");
    }

    [Fact]
    public async Task A_token_without_pod_is_denied()
    {
        await using var home = await ClusterHome.StartAsync();
        await DeniesAsync(home, home.Ztunnel(claims => claims["kubernetes.io"]!.AsObject().Remove("pod")), Cart, "ImpersonatorWithoutPod");
    }

    [Fact]
    public async Task A_stale_uid_proves_nothing()
    {
        await using var home = await ClusterHome.StartAsync();
        var token = home.Ztunnel(claims => claims["kubernetes.io"]!["pod"]!["uid"] = "uid-of-before");
        await home.RefusesAsync(
            new Ask { Token = token, Fields = ClusterHome.Impersonating(Cart) }, StatusCode.Unauthenticated, "request authenticate failure", "PodGone");
    }

    [Theory]
    [InlineData("node-2", "Running")]
    [InlineData(ClusterHome.Node, "Succeeded")]
    [InlineData(ClusterHome.Node, "Failed")]
    public async Task A_pod_elsewhere_or_finished_does_not_count(string node, string phase)
    {
        await using var home = await ClusterHome.StartAsync();
        home.Cluster.Put("shop", "cart-1", "cart", node, phase);
        await home.SeenAsync(pod => pod?.Spec?.NodeName == node && pod.Status?.Phase == phase);
        await DeniesAsync(home, home.Ztunnel(), Cart, "ImpersonatedNotOnNode");
    }

    [Fact]
    public async Task Of_several_pods_one_that_runs_on_the_node_is_enough()
    {
        await using var home = await ClusterHome.StartAsync();
        home.Cluster.Put("shop", "cart-1", "cart", phase: "Failed");
        home.Cluster.Put("shop", "cart-2", "cart", "node-2");
        home.Cluster.Put("shop", "cart-3", "cart", phase: "Pending");
        await home.SeenAsync(pod => pod is not null, "cart-3");
        await home.AskAsync(new Ask { Token = home.Ztunnel(), Fields = ClusterHome.Impersonating(Cart) });
    }

    [Fact]
    public async Task A_pod_that_was_just_scheduled_is_found_though_no_event_told_of_it()
    {
        await using var home = await ClusterHome.StartAsync();
        home.Cluster.Api.Fault = request => request.IsWatch ? new FakeApiFault.Silence() : null;
        home.Cluster.Api.CutWatches();
        home.Cluster.PutAccount("shop", "web");
        home.Cluster.Put("shop", "web-1", "web", phase: "Pending");
        await home.AskAsync(new Ask { Token = home.Ztunnel(), Fields = ClusterHome.Impersonating("spiffe://cluster.local/ns/shop/sa/web") });
    }

    [Fact]
    public async Task While_nobody_can_tell_the_answer_is_unavailable()
    {
        await using var home = await ClusterHome.StartAsync();
        var token = home.Ztunnel();
        await home.AskAsync(new Ask { Token = token });
        home.Cluster.Api.IsDown = true;
        var status = await home.RefusalOfAsync(new Ask { Token = token, Fields = ClusterHome.Impersonating("spiffe://cluster.local/ns/shop/sa/web") });
        Assert.Equal(StatusCode.Unavailable, status.StatusCode);

        // What the copy has it goes on giving.
        await home.AskAsync(new Ask { Token = token, Fields = ClusterHome.Impersonating(Cart) });
    }

    [Fact]
    public async Task A_list_of_identities_is_denied_and_other_values_read_as_none()
    {
        await using var home = await ClusterHome.StartAsync();
        var list = new Struct { Fields = { ["ImpersonatedIdentity"] = Value.ForList(Value.ForString(Cart), Value.ForString(Ztunnel)) } };
        await home.RefusesAsync(new Ask { Token = home.Ztunnel(), Fields = list }, StatusCode.Unauthenticated, Opaque, "ImpersonatedMalformed");
        await home.AskAsync(new Ask { Token = home.Ztunnel(), Fields = new Struct { Fields = { ["ImpersonatedIdentity"] = Value.ForNumber(7) } } });
    }

    [Fact]
    public async Task A_certificate_never_impersonates_and_one_that_was_given_to_a_node_proxy_is_not_renewed_by_itself()
    {
        await using var home = await ClusterHome.StartAsync();
        using var first = home.Mesh.Connect();
        using var key = WorkloadKey.P256();
        var own = await first.AskAsync(key.Csr(), new Ask { Token = home.Ztunnel() });
        using var ztunnel = home.Mesh.Connect(key.Join(own.Leaf), own.Middle);
        var status = await ztunnel.RefusalOfAsync(new Ask { Fields = ClusterHome.Impersonating(Cart) });
        Assert.Equal((StatusCode.Unauthenticated, Opaque), (status.StatusCode, status.Detail));

        var others = await first.AskAsync(key.Csr(), new Ask { Token = home.Ztunnel(), Fields = ClusterHome.Impersonating(Cart) });
        using var cart = home.Mesh.Connect(key.Join(others.Leaf), others.Middle);
        Assert.Equal(StatusCode.Unauthenticated, (await cart.RefusalOfAsync(new Ask())).StatusCode);
    }

    [Fact]
    public async Task A_token_of_a_configured_issuer_never_impersonates()
    {
        await using var home = await ClusterHome.StartAsync();
        var token = home.Home.Signer.Sign(TestClaims.Of(home.Home.Clock.GetUtcNow(), "istio-system", "ztunnel"));
        await DeniesAsync(home, token, Cart, "ImpersonatorWithoutPod", "vm");
    }

    [Fact]
    public async Task A_node_proxy_of_one_cluster_gets_nothing_of_another()
    {
        await using var home = await ClusterHome.StartAsync(2);
        home.Clusters[1].PutAccount("shop", "remote-only");
        home.Clusters[1].Put("shop", "remote-only-1", "remote-only");
        await home.SeenAsync(pod => pod is not null, "remote-only-1", cluster: 1);
        const string remote = "spiffe://cluster.local/ns/shop/sa/remote-only";
        await DeniesAsync(home, home.Ztunnel(), remote, "AccountGone");
        await home.AskAsync(new Ask { Token = home.Ztunnel(cluster: 1), Cluster = "cluster-1", Fields = ClusterHome.Impersonating(remote) });
    }

    [Fact]
    public async Task Without_node_proxies_the_answer_names_the_setting_as_before()
    {
        await using var home = await ClusterHome.StartAsync(hasNodeProxies: false);
        var status = await home.RefusalOfAsync(new Ask { Token = home.Ztunnel(), Fields = ClusterHome.Impersonating(Cart) });
        Assert.Equal(StatusCode.PermissionDenied, status.StatusCode);
    }

    [Fact]
    public async Task An_explanation_of_another_s_identity_is_what_would_be_issued()
    {
        await using var home = await ClusterHome.StartAsync();
        using var channel = home.Mesh.ConnectAdmin();
        using var key = WorkloadKey.P256();
        var client = new Wire.Admin.IssuancePolicies.IssuancePoliciesClient(channel);
        var request = new ExplainRequest { Token = home.Ztunnel(), Csr = key.Csr(), ImpersonatedIdentity = Cart };
        var answer = await client.ExplainAsync(request, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((true, Ztunnel, Cart), (answer.WouldIssue, answer.Authentication.SpiffeId, answer.Leaf.SpiffeId));
        request.ImpersonatedIdentity = "spiffe://elsewhere/ns/shop/sa/cart";
        answer = await client.ExplainAsync(request, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(("ImpersonatedForeign", Opaque), (answer.Refusal.Reason, answer.Refusal.Message));
    }

    private static Task DeniesAsync(ClusterHome home, string token, string identity, string reason, string? cluster = null) => home.RefusesAsync(
        new Ask { Token = token, Cluster = cluster, Fields = ClusterHome.Impersonating(identity) }, StatusCode.Unauthenticated, Opaque, reason);
}
