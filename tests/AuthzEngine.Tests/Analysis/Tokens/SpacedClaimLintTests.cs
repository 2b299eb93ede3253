using AuthzEngine.Analysis;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Tokens;

public sealed class SpacedClaimLintTests
{
    [Theory]
    [InlineData("read write", true)]
    [InlineData("read", false)]
    public void Claims_that_are_split_hold_no_spaces(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.ClaimSpaced, Written.Allow(Written.When("request.auth.claims[scope]", value))));

    [Fact]
    public void Other_claims_may_hold_spaces() =>
        Assert.False(Linted.Says(LintCodes.ClaimSpaced, Written.Allow(Written.When("request.auth.claims[name]", "a b"))));
}
