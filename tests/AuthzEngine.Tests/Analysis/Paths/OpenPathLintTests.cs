using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Paths;

public sealed class OpenPathLintTests
{
    [Theory]
    [InlineData("/a*", true)]
    [InlineData("/a/*", false)]
    [InlineData("/*", false)]
    [InlineData("*", false)]
    [InlineData("/a.*", false)]
    [InlineData("*a", false)]
    public void A_star_beside_a_letter_opens_a_path(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.PathPrefixOpen, Written.Allow(Written.To(new Operation { Paths = [value] }))));

    [Fact]
    public void A_wide_DENY_lets_nothing_through() =>
        Assert.False(Linted.Says(LintCodes.PathPrefixOpen, Written.Deny(Written.To(new Operation { Paths = ["/a*"] }))));
}
