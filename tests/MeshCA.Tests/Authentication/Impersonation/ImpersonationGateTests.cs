using System.Text.Json.Nodes;
using MeshCA.Authentication;
using MeshCA.Authentication.ClusterTokens;
using MeshCA.Authentication.Impersonation;
using MeshCA.Registration;
using MeshCA.Tests.Authentication.ClusterTokens;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.Impersonation;

/// <summary>Node proxies that ask for the certificates of pods on their node (istio-ca §2.6; appendix B item 6).</summary>
public sealed class ImpersonationGateTests : IDisposable
{
    private const string Cart = "spiffe://cluster.local/ns/shop/sa/cart";

    private readonly ManualTimeProvider _clock = new();
    private readonly TestCluster _cluster;
    private readonly ImpersonationGate _gate;

    public ImpersonationGateTests()
    {
        _cluster = new(_clock, settings => settings with { TrustedNodeAccounts = ["istio-system/ztunnel"] });
        _cluster.Add(TestCluster.Account("istio-system", "ztunnel", "2a2a"));
        _cluster.Add(TestCluster.Pod("istio-system", "ztunnel-1", "2b2b", "ztunnel"));
        _gate = new(_cluster.Directory, _clock, TestCluster.Metrics);
    }

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public async Task A_node_proxy_gets_the_identity_of_a_pod_on_its_node_and_both_are_known()
    {
        var outcome = await JudgeAsync(await ZtunnelAsync(), Cart);
        var subject = Assert.IsType<AuthenticationOutcome.Authenticated>(outcome).Caller;
        Assert.Equal(Cart, subject.Id.ToString());
        Assert.Equal("spiffe://cluster.local/ns/istio-system/sa/ztunnel", subject.Evidence.RequestedBy!.ToString());
        Assert.Equal(("ztunnel-1", "2b2b", TestCluster.Node), (subject.Evidence.PodName, subject.Evidence.PodUid, subject.Evidence.NodeName));
        Assert.Equal("tokenreview:main", subject.Evidence.Authenticator);
        Assert.Null(subject.Evidence.Live);
    }

    public static TheoryData<Action<TestClusterBox>, string, string> Rules() =>
    [
        new(box => box.Cluster.RemovePod(), Cart, "ImpersonatedNotOnNode") { Label = "no pod" },
        new(box => box.Cluster.Add(TestCluster.Pod(node: "node-2")), Cart, "ImpersonatedNotOnNode") { Label = "another node" },
        new(box => box.Cluster.Add(TestCluster.Pod(node: null, phase: "Pending")), Cart, "ImpersonatedNotOnNode") { Label = "no node yet" },
        new(box => box.Cluster.Add(TestCluster.Pod(phase: "Succeeded")), Cart, "ImpersonatedNotOnNode") { Label = "succeeded" },
        new(box => box.Cluster.Add(TestCluster.Pod(phase: "Failed")), Cart, "ImpersonatedNotOnNode") { Label = "failed" },
        new(box => box.Cluster.Add(TestCluster.Pod(phase: "Pending")), Cart, "None") { Label = "pending on the node" },
        new(box => box.Cluster.Add(TestCluster.Pod(name: "cart-2", uid: "3b", phase: "Failed")), Cart, "None") { Label = "one of two failed" },
        new(box => box.Cluster.RemoveAccount(), Cart, "AccountGone") { Label = "account deleted" },
        new(_ => { }, "spiffe://cluster.local/ns/shop/sa/other", "AccountGone") { Label = "no such account" },
        new(box => box.Cluster.Add(TestCluster.Account("bank", "cart", "9")), "spiffe://cluster.local/ns/bank/sa/cart", "ImpersonatedNotOnNode") { Label = "same name, another namespace" },
        new(_ => { }, "spiffe://elsewhere/ns/shop/sa/cart", "ImpersonatedForeign") { Label = "foreign trust domain" },
        new(_ => { }, $"{Cart},spiffe://cluster.local/ns/shop/sa/admin", "ImpersonatedMalformed") { Label = "a comma" },
        new(box => box.Cluster.Pods.HasSynced = false, Cart, "ClusterNotRead?") { Label = "pods not read" },
        new(box => box.Cluster.Pods.LastContact -= TimeSpan.FromMinutes(6), Cart, "ClusterTooOld?") { Label = "pods read too long ago" },
        new(box => (box.Cluster.Outage, _) = (TestCluster.Unreachable, box.Hide()), Cart, "ClusterUnreachable?") { Label = "pod unseen and the server down" },
        new(box => box.Hide(), Cart, "None") { Label = "pod not in the copy yet" },
    ];

    [Theory, MemberData(nameof(Rules), DisableDiscoveryEnumeration = true)]
    public async Task What_is_asked_for_must_run_on_the_caller_s_node(Action<TestClusterBox> change, string wanted, string reason)
    {
        var ztunnel = await ZtunnelAsync();
        change(new(_cluster));
        Assert.Equal(reason, TestCluster.ReasonOf(await JudgeAsync(ztunnel, wanted)));
    }

    [Fact]
    public async Task A_denial_is_not_looked_up_on_and_on()
    {
        _cluster.RemovePod();
        var ztunnel = await ZtunnelAsync();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("ImpersonatedNotOnNode", TestCluster.ReasonOf(await JudgeAsync(ztunnel, Cart)));
        }

        Assert.Equal(1, _cluster.Reads);
        _cluster.Add(TestCluster.Pod());
        Assert.Equal("None", TestCluster.ReasonOf(await JudgeAsync(ztunnel, Cart)));
    }

    [Fact]
    public async Task An_account_that_does_not_exist_is_not_looked_up_on_and_on()
    {
        var ztunnel = await ZtunnelAsync();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("AccountGone", TestCluster.ReasonOf(await JudgeAsync(ztunnel, "spiffe://cluster.local/ns/shop/sa/web")));
        }

        Assert.Equal(1, _cluster.Reads);
        _cluster.Add(TestCluster.Account("shop", "web", "7a"));
        _cluster.Add(TestCluster.Pod(name: "web-1", uid: "7b", account: "web"));
        Assert.Equal("None", TestCluster.ReasonOf(await JudgeAsync(ztunnel, "spiffe://cluster.local/ns/shop/sa/web")));
    }

    [Fact]
    public async Task Another_account_is_no_node_proxy()
    {
        var cart = await _cluster.CallerAsync(_cluster.Token());
        Assert.Equal("ImpersonatorNotTrusted", TestCluster.ReasonOf(await JudgeAsync(cart, "spiffe://cluster.local/ns/istio-system/sa/ztunnel")));
    }

    [Fact]
    public async Task A_token_that_is_bound_to_no_pod_does_not_do()
    {
        var unbound = await _cluster.CallerAsync(TokenOfZtunnel(claims => claims["kubernetes.io"]!.AsObject().Remove("pod")));
        Assert.Equal("ImpersonatorWithoutPod", TestCluster.ReasonOf(await JudgeAsync(unbound, Cart)));
    }

    [Fact]
    public async Task A_pod_that_is_on_no_node_does_not_do()
    {
        _cluster.Add(TestCluster.Pod("istio-system", "ztunnel-1", "2b2b", "ztunnel", node: null, phase: "Pending"));
        var unscheduled = await _cluster.CallerAsync(TokenOfZtunnel(claims => claims["kubernetes.io"]!.AsObject().Remove("node")));
        Assert.Equal("ImpersonatorWithoutPod", TestCluster.ReasonOf(await JudgeAsync(unscheduled, Cart)));
    }

    [Fact]
    public async Task A_stale_uid_ends_before_it_comes_to_this()
    {
        var token = TokenOfZtunnel();
        _cluster.Add(TestCluster.Pod("istio-system", "ztunnel-1", "ffff", "ztunnel"));
        Assert.Equal("PodGone", await _cluster.ReasonAsync(token));
    }

    [Theory]
    [InlineData("client-certificate"), InlineData("jwt:main"), InlineData("tokenreview:main")]
    public async Task Whom_no_cluster_looked_at_may_not_impersonate_whatever_its_evidence_is_called(string authenticator)
    {
        var caller = new CallerIdentity(SpiffeId.Parse("spiffe://cluster.local/ns/istio-system/sa/ztunnel"), new AuthenticationEvidence
        {
            Authenticator = authenticator,
            TokenTime = _clock.GetUtcNow(),
            TokenId = "t",
            Cluster = "main",
            PodName = "ztunnel-1",
            PodUid = "2b2b",
            NodeName = TestCluster.Node,
        });
        Assert.Equal("ImpersonatorWithoutPod", TestCluster.ReasonOf(await JudgeAsync(caller, Cart)));
    }

    [Fact]
    public async Task A_cluster_limited_to_namespaces_impersonates_in_no_other()
    {
        using var cluster = new TestCluster(_clock, settings => settings with
        {
            TrustedNodeAccounts = ["istio-system/ztunnel"],
            Namespaces = ["istio-system"],
        });
        cluster.Add(TestCluster.Account("istio-system", "ztunnel", "2a2a"));
        cluster.Add(TestCluster.Pod("istio-system", "ztunnel-1", "2b2b", "ztunnel"));
        var ztunnel = await cluster.CallerAsync(cluster.Signer.Sign(ZtunnelClaims()));
        var gate = new ImpersonationGate(cluster.Directory, _clock, TestCluster.Metrics);
        Assert.Equal("NamespaceNotAllowed", TestCluster.ReasonOf(await gate.JudgeAsync(ztunnel, Cart, TestContext.Current.CancellationToken)));
    }

    // ADR 0010: one root stands behind both names.
    [Theory]
    [InlineData("spiffe://west.example/ns/shop/sa/cart", "None")]
    [InlineData(Cart, "ImpersonatedForeign")]
    public async Task A_node_proxy_of_a_cluster_with_its_own_trust_domain_gets_identities_of_that_one_alone(string wanted, string reason)
    {
        using var cluster = new TestCluster(_clock, settings => settings with
        {
            TrustedNodeAccounts = ["istio-system/ztunnel"],
            TrustDomain = TrustDomain.Parse("west.example"),
        });
        cluster.Add(TestCluster.Account("istio-system", "ztunnel", "2a2a"));
        cluster.Add(TestCluster.Pod("istio-system", "ztunnel-1", "2b2b", "ztunnel"));
        var ztunnel = await cluster.CallerAsync(cluster.Signer.Sign(ZtunnelClaims()));
        Assert.Equal("spiffe://west.example/ns/istio-system/sa/ztunnel", ztunnel.Id.ToString());
        var gate = new ImpersonationGate(cluster.Directory, _clock, TestCluster.Metrics);
        Assert.Equal(reason, TestCluster.ReasonOf(await gate.JudgeAsync(ztunnel, wanted, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void Without_node_proxies_the_gate_is_shut()
    {
        using var cluster = new TestCluster(_clock);
        Assert.False(new ImpersonationGate(cluster.Directory, _clock, TestCluster.Metrics).IsOpen);
        Assert.False(new ImpersonationGate(ClusterTokenDirectory.None, _clock, TestCluster.Metrics).IsOpen);
        Assert.True(_gate.IsOpen);
    }

    private ValueTask<AuthenticationOutcome> JudgeAsync(CallerIdentity caller, string wanted) =>
        _gate.JudgeAsync(caller, wanted, TestContext.Current.CancellationToken);

    private Task<CallerIdentity> ZtunnelAsync() => _cluster.CallerAsync(TokenOfZtunnel());

    private string TokenOfZtunnel(Action<JsonObject>? change = null)
    {
        var claims = ZtunnelClaims();
        change?.Invoke(claims);
        return _cluster.Signer.Sign(claims);
    }

    private JsonObject ZtunnelClaims()
    {
        var claims = TestClaims.Of(_clock.GetUtcNow(), "istio-system", "ztunnel");
        claims["kubernetes.io"]!["serviceaccount"]!["uid"] = "2a2a";
        claims["kubernetes.io"]!["pod"] = new JsonObject { ["name"] = "ztunnel-1", ["uid"] = "2b2b" };
        return claims;
    }

    /// <summary>Lets a public row of a theory change an internal type.</summary>
    public sealed class TestClusterBox
    {
        internal TestClusterBox(TestCluster cluster) => Cluster = cluster;

        internal TestCluster Cluster { get; }

        internal bool Hide()
        {
            Cluster.Pods.Remove(TestCluster.PodName, "shop");
            return true;
        }
    }
}
