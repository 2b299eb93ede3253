using AuthzEngine.Analysis;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Tokens;

public sealed class OptionalTokenLintTests
{
    [Theory]
    [InlineData("request.auth.principal", false)]
    [InlineData("source.principal", true)]
    public void A_RequestAuthentication_demands_nothing_by_itself(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.TokenOptional, Written.Tokens(Written.Issuer), Written.Deny(Written.WhenNot(value, "*"))));
}
