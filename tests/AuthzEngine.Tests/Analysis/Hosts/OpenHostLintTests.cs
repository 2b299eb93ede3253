using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Hosts;

public sealed class OpenHostLintTests
{
    [Theory]
    [InlineData("*a.example", true)]
    [InlineData("a.example*", true)]
    [InlineData("*.a.example", false)]
    [InlineData("a.example:*", false)]
    [InlineData("a*", false)]
    [InlineData("*", false)]
    [InlineData("*a", false)]
    public void A_star_beside_a_letter_opens_a_host(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.HostPatternOpen, Written.Allow(Written.To(new Operation { Hosts = [value] }))));

    [Fact]
    public void A_wide_DENY_lets_nothing_through() =>
        Assert.False(Linted.Says(LintCodes.HostPatternOpen, Written.Deny(Written.To(new Operation { Hosts = ["*a.example"] }))));
}
