using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Values;

public sealed class RedundantValueLintTests
{
    [Theory]
    [InlineData("/a/b", true)]
    [InlineData("/a/b*", true)]
    [InlineData("/a/{*}", true)]
    [InlineData("/a", false)]
    [InlineData("/a/*", false)]
    [InlineData("*/b", false)]
    [InlineData("*", true)]
    public void A_value_that_another_matches_is_pointed_out(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.ValueRedundant, Written.Allow(Written.To(new Operation { Paths = ["/a/*", value] }))));

    [Fact]
    public void What_the_mesh_replaces_is_not_what_it_reads() => Assert.False(Linted.SaysInMesh(
        LintCodes.ValueRedundant, Written.Allow(Written.From(new Source { Principals = ["cluster.local/*", "cluster.local/ns/a/sa/b"] }))));
}
