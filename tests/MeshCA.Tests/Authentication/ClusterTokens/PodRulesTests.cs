using KubernetesClient.Models;
using MeshCA.Authentication.ClusterTokens;
using Xunit;

namespace MeshCA.Tests.Authentication.ClusterTokens;

public sealed class PodRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Leeway = TimeSpan.FromMinutes(1);
    private static readonly BoundObjects Bound = new("shop", "cart", "0a0a", TestCluster.PodName, TestCluster.PodUid, TestCluster.Node);

    public static TheoryData<V1Pod, string, bool> Pods() =>
    [
        new(TestCluster.Pod(), "None", true) { Label = "running" },
        new(TestCluster.Pod(phase: "Pending"), "None", true) { Label = "pending on its node: its proxy asks before it begins" },
        new(TestCluster.Pod(phase: "Unknown"), "None", true) { Label = "node lost" },
        new(TestCluster.Pod(phase: "Succeeded"), "PodFinished", false) { Label = "succeeded" },
        new(TestCluster.Pod(phase: "Failed"), "PodFinished", false) { Label = "failed" },
        new(TestCluster.Pod(account: "other"), "PodOfOtherAccount", true) { Label = "another account" },
        new(TestCluster.Pod(node: "node-2"), "PodOnOtherNode", true) { Label = "another node" },
        new(TestCluster.Pod(node: null), "PodOnOtherNode", false) { Label = "no node" },
        new(Deleted(Now.AddSeconds(30)), "None", true) { Label = "ends within its grace" },
        new(Deleted(Now - Leeway), "None", true) { Label = "a minute beyond it" },
        new(Deleted(Now - Leeway - TimeSpan.FromSeconds(1)), "PodGone", false) { Label = "more than a minute beyond it" },
    ];

    [Theory, MemberData(nameof(Pods), DisableDiscoveryEnumeration = true)]
    public void A_pod_is_judged_by_the_rule(V1Pod pod, string expected, bool alive)
    {
        Assert.Equal(expected, PodRules.Judge(pod, Bound, Now, Leeway).ToString());
        Assert.Equal(alive, PodRules.IsAlive(pod, Now, Leeway));
    }

    [Fact]
    public void A_token_that_names_no_node_fits_any() =>
        Assert.Equal("None", PodRules.Judge(TestCluster.Pod(node: "node-2"), Bound with { Node = null }, Now, Leeway).ToString());

    private static V1Pod Deleted(DateTimeOffset at)
    {
        var pod = TestCluster.Pod();
        return pod with { Metadata = pod.Metadata with { DeletionTimestamp = at } };
    }
}
