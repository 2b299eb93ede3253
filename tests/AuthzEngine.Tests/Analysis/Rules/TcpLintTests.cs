using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using AuthzEngine.Validation;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Rules;

public sealed class TcpLintTests
{
    [Theory]
    [InlineData("request.headers[a]", true)]
    [InlineData("request.auth.principal", true)]
    [InlineData("source.ip", false)]
    public void A_DENY_with_conditions_of_HTTP_only_refuses_TCP(string key, bool said)
    {
        var policy = Written.Deny(Written.When(key, key == "source.ip" ? "10.0.0.1" : "b"));
        Assert.Equal(said, Linted.Says(LintCodes.DenyConditionRefusesTcp, policy));
    }

    [Fact]
    public void What_validation_warns_of_is_not_said_again()
    {
        var policy = Written.Deny(Written.To(new Operation { Methods = ["GET"] }));
        Assert.Contains(ResourceValidator.Validate(policy), finding => finding.Code == ValidationCodes.DenyRefusesTcp);
        Assert.False(Linted.Says(LintCodes.DenyConditionRefusesTcp, policy));
    }

    [Fact]
    public void Denying_everything_is_meant() => Assert.False(Linted.Says(LintCodes.DenyConditionRefusesTcp, Written.Deny(new Rule())));

    [Theory]
    [InlineData("80", false)]
    [InlineData(null, true)]
    public void A_provider_is_asked_about_TCP_unless_ports_are_named(string? port, bool said) => Assert.Equal(
        said,
        Linted.Says(LintCodes.CustomAsksOnTcp, Written.Policy(PolicyAction.Custom, Written.To(new Operation { Paths = ["/a"], Ports = port is null ? [] : [port] }))));
}
