using AuthzEngine.Analysis;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Attachments;

public sealed class PortLintTests
{
    private static AuthorizationPolicy OfCart(AuthorizationPolicy policy) => policy with { Selector = Written.Labels("app", "cart") };

    [Theory]
    [InlineData("8080", false)]
    [InlineData("5432", false)]
    [InlineData("80", true)]
    public void A_port_must_be_one_of_the_workload(string port, bool said) => Assert.Equal(said, Linted.SaysBeside(
        There.Inventory, LintCodes.PortUnknown, OfCart(Written.Allow(Written.To(new Operation { Ports = [port] })))));

    [Fact]
    public void A_workload_without_known_ports_may_have_any() => Assert.False(Linted.SaysBeside(
        new([There.Inventory.Workloads[0] with { Ports = [] }], ["shop"], []),
        LintCodes.PortUnknown,
        OfCart(Written.Allow(Written.To(new Operation { Ports = ["80"] })))));

    [Theory]
    [InlineData(PolicyAction.Allow, "8080", null)]
    [InlineData(PolicyAction.Allow, "5432", Severity.Warning)]
    [InlineData(PolicyAction.Allow, null, Severity.Info)]
    [InlineData(PolicyAction.Deny, null, Severity.Warning)]
    [InlineData(PolicyAction.Deny, "8080", null)]
    public void Rules_of_HTTP_at_ports_of_TCP_are_pointed_out(PolicyAction action, string? port, Severity? said)
    {
        var rule = Written.To(new Operation { Methods = ["GET"], Ports = port is null ? [] : [port] });
        var finding = Linted.Findings(new AnalysisInput([OfCart(Written.Policy(action, rule))]) { Inventory = There.Inventory })
            .SingleOrDefault(finding => finding.Code == LintCodes.HttpRuleOnTcp);
        Assert.Equal(said, finding?.Severity);
    }
}
