using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Paths;

public sealed class PathQueryLintTests
{
    [Theory]
    [InlineData("/a?b", true)]
    [InlineData("/a#b", true)]
    [InlineData("*?b", true)]
    [InlineData("/a", false)]
    [InlineData("/a%3Fb", false)]
    public void A_path_has_no_query(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.PathQuery, Written.Allow(Written.To(new Operation { Paths = [value] }))));
}
