using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Paths;

public sealed class PathSlashLintTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("https://a.example/b", true)]
    [InlineData("{*}/b", false)]
    [InlineData("/a", false)]
    [InlineData("*a", false)]
    [InlineData("*", false)]
    public void A_path_starts_with_a_slash(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.PathWithoutSlash, Written.Allow(Written.To(new Operation { Paths = [value] }))));
}
