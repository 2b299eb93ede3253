using AuthzEngine.Analysis;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Tokens;

public sealed class ClaimTypeLintTests
{
    [Theory]
    [InlineData("true", true)]
    [InlineData("false", true)]
    [InlineData("null", true)]
    [InlineData("3", true)]
    [InlineData("-1.5", true)]
    [InlineData("yes", false)]
    [InlineData("v3", false)]
    [InlineData("True", false)]
    public void A_claim_is_compared_as_text_only(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.ClaimNotText, Written.Allow(Written.When("request.auth.claims[a]", value))));

    [Theory]
    [InlineData("exp", true)]
    [InlineData("email_verified", true)]
    [InlineData("expires", false)]
    public void Claims_that_are_never_text_are_known(string claim, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.ClaimNotText, Written.Allow(Written.When($"request.auth.claims[{claim}]", "x"))));
}
