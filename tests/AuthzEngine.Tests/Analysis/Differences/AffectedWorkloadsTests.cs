using AuthzEngine.Analysis.Differences;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Differences;

public sealed class AffectedWorkloadsTests
{
    [Fact]
    public void Without_policies_there_is_one_workload() =>
        Assert.Equal("default", Assert.Single(AffectedWorkloads.Of([], new())).Namespace);

    [Fact]
    public void Each_selector_makes_a_workload_and_all_of_them_one_more() => Assert.Equal(
        ["", "a=1", "b=2", "a=1,b=2"],
        AffectedWorkloads.Of([Written.Peers(Written.Labels("a", "1")), Written.Allow() with { Selector = Written.Labels("b", "2") }], new())
            .Select(workload => string.Join(',', workload.Labels.Select(label => $"{label.Key}={label.Value}"))));

    [Fact]
    public void Selectors_of_the_root_namespace_reach_every_namespace()
    {
        var root = Written.Allow() with { Id = new(ResourceKind.AuthorizationPolicy, "istio-system", "r"), Selector = Written.Labels("a", "1") };

        Assert.Equal(["shop", "shop"], AffectedWorkloads.Of([root, Written.Peers()], new()).Select(workload => workload.Namespace));
    }

    [Theory]
    [InlineData("Gateway", ProxyKind.Gateway, false)]
    [InlineData("Service", ProxyKind.Waypoint, true)]
    [InlineData("ServiceEntry", ProxyKind.Waypoint, true)]
    [InlineData("GatewayClass", ProxyKind.Waypoint, false)]
    public void What_a_policy_refers_to_has_its_proxy(string kind, ProxyKind proxy, bool hasService)
    {
        var policy = Written.Allow() with { TargetRefs = [new("", kind, "g", "")] };
        var workload = AffectedWorkloads.Of([policy], new())[^1];

        Assert.Equal(proxy, workload.Proxy);
        Assert.Equal(hasService, workload.Service is not null);
    }
}
