using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Paths;

public sealed class TrailingSlashLintTests
{
    [Theory]
    [InlineData("/a", true)]
    [InlineData("/a/", true)]
    [InlineData("/a/{**}/", true)]
    [InlineData("/", false)]
    [InlineData("/a.html", false)]
    [InlineData("/a*", false)]
    [InlineData("/a/{**}", false)]
    public void A_DENY_of_a_path_has_a_twin(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.PathTrailingSlash, Written.Deny(Written.To(new Operation { Paths = [value] }))));

    [Fact]
    public void Nothing_is_said_where_the_list_has_both() => Assert.False(Linted.Says(
        LintCodes.PathTrailingSlash, Written.Deny(Written.To(new Operation { Paths = ["/a", "/a/"] }))));

    [Fact]
    public void An_ALLOW_that_misses_lets_nothing_through() =>
        Assert.False(Linted.Says(LintCodes.PathTrailingSlash, Written.Allow(Written.To(new Operation { Paths = ["/a"] }))));
}
