using AuthzEngine.Analysis;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Tokens;

public sealed class ClaimPathLintTests
{
    [Theory]
    [InlineData("realm_access.roles", true)]
    [InlineData("a.b][c", true)]
    [InlineData("[a]", true)]
    [InlineData("a][b", false)]
    [InlineData("https://a.example/roles", false)]
    [InlineData("roles", false)]
    [InlineData(".", false)]
    public void Dots_and_stray_brackets_reach_into_nothing(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.ClaimPathOdd, Written.Allow(Written.When($"request.auth.claims[{value}]", "x"))));
}
