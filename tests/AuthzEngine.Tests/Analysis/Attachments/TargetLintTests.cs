using AuthzEngine.Analysis;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Attachments;

public sealed class TargetLintTests
{
    private const string Gateways = "gateway.networking.k8s.io";

    [Theory]
    [InlineData("", "Service", "cart", null)]
    [InlineData("", "Service", "ghost", LintCodes.TargetNotFound)]
    [InlineData("", "Service", "bare", LintCodes.TargetNeedsWaypoint)]
    [InlineData("networking.istio.io", "ServiceEntry", "cart", LintCodes.TargetNotFound)]
    [InlineData(Gateways, "Gateway", "way", null)]
    [InlineData(Gateways, "Gateway", "ghost", LintCodes.TargetNotFound)]
    [InlineData(Gateways, "GatewayClass", "istio-waypoint", LintCodes.TargetNotFound)]
    public void A_target_must_be_there(string group, string kind, string name, string? code)
    {
        var policy = Written.Allow() with { TargetRefs = [new(group, kind, name, "")] };
        foreach (var one in new[] { LintCodes.TargetNotFound, LintCodes.TargetNeedsWaypoint })
        {
            Assert.Equal(code == one, Linted.SaysBeside(There.Inventory, one, policy));
        }
    }

    [Fact]
    public void Without_inventory_a_service_is_only_said_to_need_a_waypoint()
    {
        var finding = Linted.The(LintCodes.TargetNeedsWaypoint, Written.Allow() with { TargetRef = new("", "Service", "cart", "") });
        Assert.Equal((Severity.Info, "spec.targetRef"), (finding.Severity, finding.Field));
    }

    [Fact]
    public void The_class_of_waypoints_is_attached_to_from_the_root_namespace() => Assert.False(Linted.Says(
        LintCodes.TargetNotFound,
        Written.Allow() with
        {
            Id = new(ResourceKind.AuthorizationPolicy, "istio-system", "p"),
            TargetRefs = [new(Gateways, "GatewayClass", "istio-waypoint", "")],
        }));
}
