using AuthzEngine.Analysis;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Hosts;

public sealed class HostPortLintTests
{
    [Theory]
    [InlineData("a.example", true)]
    [InlineData("*.a.example", true)]
    [InlineData("a.example:*", false)]
    [InlineData("a.example*", false)]
    [InlineData("*", false)]
    [InlineData("a.example:80", false)]
    [InlineData("https://a.example", false)]
    public void A_host_does_not_match_with_a_port(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.HostWithoutPort, Written.Allow(Written.To(new Operation { Hosts = [value] }))));

    [Theory]
    [InlineData("a.example:443", true)]
    [InlineData("a.example:8443", true)]
    [InlineData("a.example:*", true)]
    [InlineData("a.example", false)]
    [InlineData("a.example:x", false)]
    public void A_port_does_not_match_without_one(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.HostPortOnly, Written.Allow(Written.To(new Operation { Hosts = [value] }))));

    [Theory]
    [InlineData("a.example", "a.example:*")]
    [InlineData("a.example", "A.example:443")]
    [InlineData("a.example", "a.example*")]
    [InlineData("*.a.example", "*.a.example:443")]
    public void Nothing_is_said_where_both_are_given(string host, string withPort) => Assert.DoesNotContain(
        Linted.Findings(Written.Allow(Written.To(new Operation { Hosts = [host, withPort] }))),
        finding => finding.Code == LintCodes.HostWithoutPort || (finding.Code == LintCodes.HostPortOnly && host[0] != '*'));

    [Theory]
    [InlineData(PolicyAction.Deny, Severity.Warning)]
    [InlineData(PolicyAction.Allow, Severity.Info)]
    public void It_is_a_warning_where_a_request_gets_through(PolicyAction action, Severity severity) => Assert.Equal(
        severity, Linted.The(LintCodes.HostWithoutPort, Written.Policy(action, Written.To(new Operation { Hosts = ["a.example"] }))).Severity);
}
