using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Values;

public sealed class LiteralStarLintTests
{
    [Theory]
    [InlineData("/a*b", true)]
    [InlineData("*a*", true)]
    [InlineData("**", true)]
    [InlineData("/a*", false)]
    [InlineData("*a", false)]
    [InlineData("*", false)]
    [InlineData("/a/{*}", false)]
    [InlineData("/{**}", false)]
    public void Only_one_star_at_an_end_is_special(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.LiteralStar, Written.Allow(Written.To(new Operation { Paths = [value] }))));

    [Theory]
    [InlineData("cluster.local/ns/*/sa/a", true)]
    [InlineData("*/ns/*", true)]
    [InlineData("mesh*/ns/a/sa/b", false)]
    [InlineData("cluster.local/ns/a/*", false)]
    public void No_identity_holds_a_star(string value, bool said) =>
        Assert.Equal(said, Linted.SaysInMesh(LintCodes.LiteralStar, Written.Allow(Written.From(new Source { Principals = [value] }))));

    [Fact]
    public void Every_star_of_a_namespace_is_special() =>
        Assert.False(Linted.Says(LintCodes.LiteralStar, Written.Allow(Written.From(new Source { Namespaces = ["a*b*"] }))));
}
