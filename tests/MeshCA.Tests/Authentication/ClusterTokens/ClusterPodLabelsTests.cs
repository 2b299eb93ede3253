using KubernetesClient.Models;
using MeshCA.Authentication.ClusterTokens;
using MeshCA.IssuancePolicies;
using MeshCA.Registration;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.ClusterTokens;

public sealed class ClusterPodLabelsTests : IDisposable
{
    private static readonly SpiffeId Cart = SpiffeId.Parse("spiffe://cluster.local/ns/shop/sa/cart");

    private readonly ManualTimeProvider _clock = new();
    private readonly TestCluster _cluster;
    private readonly ClusterPodLabels _labels;

    public ClusterPodLabelsTests()
    {
        _cluster = new(_clock);
        _labels = new(_cluster.Directory, _clock, new Inventory());
    }

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public async Task Of_a_caller_with_a_pod_that_pod_s_labels_count()
    {
        _cluster.Add(Labelled("cart-2", "2b", ("app", "other")));
        Assert.Equal("cart", _labels.Find(await _cluster.CallerAsync(_cluster.Token()))!["app"]);
    }

    [Fact]
    public void Of_a_renewal_by_certificate_the_pod_behind_it_counts()
    {
        Assert.Equal("cart", _labels.Find(Caller(podUid: TestCluster.PodUid))!["app"]);
        Assert.Null(_labels.Find(Caller(podUid: "gone")));
    }

    [Fact]
    public void Of_a_node_proxy_all_pods_on_its_node_must_agree()
    {
        var caller = Caller(podUid: "ztunnel", node: TestCluster.Node, isImpersonated: true);
        Assert.Equal("cart", _labels.Find(caller)!["app"]);
        _cluster.Add(Labelled("cart-2", "2b", ("app", "cart"), ("pod-template-hash", "x")));
        _cluster.Add(Labelled("cart-3", "3b", "node-2", ("app", "elsewhere")));
        Assert.Equal("cart", _labels.Find(caller)!["app"]);
        Assert.False(_labels.Find(caller)!.ContainsKey("pod-template-hash"));
        _cluster.Add(Labelled("cart-4", "4b", ("app", "cart"), ("tier", "gold")));
        Assert.Null(_labels.Find(caller));
    }

    [Fact]
    public void Without_a_pod_all_pods_of_the_identity_must_agree()
    {
        Assert.Equal("cart", _labels.Find(Caller())!["app"]);
        _cluster.Add(Labelled("cart-3", "3b", "node-2", ("app", "elsewhere")));
        Assert.Null(_labels.Find(Caller()));
        _cluster.Add(TestCluster.Pod(name: "cart-3", uid: "3b", phase: "Succeeded"));
        Assert.Equal("cart", _labels.Find(Caller())!["app"]);
    }

    [Fact]
    public void From_a_copy_that_is_too_old_nothing_is_known()
    {
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(_labels.Find(Caller()));
    }

    [Fact]
    public void Callers_of_other_clusters_are_the_inventory_s() =>
        Assert.Equal("inventory", _labels.Find(Caller(cluster: "vm"))!["app"]);

    private static V1Pod Labelled(string name, string uid, params (string, string)[] labels) => Labelled(name, uid, TestCluster.Node, labels);

    private static V1Pod Labelled(string name, string uid, string node, params (string, string)[] labels)
    {
        var pod = TestCluster.Pod(name: name, uid: uid, node: node);
        return pod with { Metadata = pod.Metadata with { Labels = labels.ToDictionary(label => label.Item1, label => label.Item2) } };
    }

    private CallerIdentity Caller(string? podUid = null, string? node = null, bool isImpersonated = false, string cluster = "main") => new(Cart, new()
    {
        Authenticator = "x",
        TokenTime = _clock.GetUtcNow(),
        TokenId = "t",
        Cluster = cluster,
        PodUid = podUid,
        NodeName = node,
        RequestedBy = isImpersonated ? SpiffeId.Parse("spiffe://cluster.local/ns/istio-system/sa/ztunnel") : null,
    });

    private sealed class Inventory : IPodLabels
    {
        public IReadOnlyDictionary<string, string> Find(CallerIdentity caller) => new Dictionary<string, string> { ["app"] = "inventory" };
    }
}
