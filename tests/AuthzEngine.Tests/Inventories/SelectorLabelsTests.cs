using AuthzEngine.Admission;
using AuthzEngine.Inventories;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Inventories;

public sealed class SelectorLabelsTests
{
    [Fact]
    public void Selectors_in_force_and_held_back_count_and_gateways_always()
    {
        var policy = new AuthorizationPolicy { Id = new(ResourceKind.AuthorizationPolicy, "a", "p"), Selector = Selector("app") };
        var peers = new PeerAuthentication { Id = new(ResourceKind.PeerAuthentication, "a", "p"), Selector = Selector("tier") };
        var held = new QuarantinedResource(null, "a", Selector("zone"));

        var labels = SelectorLabels.Of(new ResourceSet([policy, peers], [held]));

        Assert.Equal(["app", Workload.GatewayNameLabel, "tier", "zone"], labels.Order(StringComparer.Ordinal));
    }

    private static WorkloadSelector Selector(string label) => new(new Dictionary<string, string> { [label] = "x" });
}
