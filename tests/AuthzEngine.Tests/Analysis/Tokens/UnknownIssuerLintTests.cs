using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Tokens;

public sealed class UnknownIssuerLintTests
{
    [Theory]
    [InlineData("https://issuer.example/*", false)]
    [InlineData("https://issuer.example//*", true)]
    [InlineData("https://other.example/u", true)]
    [InlineData("*", false)]
    [InlineData("*/u", false)]
    [InlineData("https://issu*", false)]
    public void An_issuer_must_be_one_that_is_accepted(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.RequestPrincipalIssuerUnknown, Written.Allow(Written.From(new Source { RequestPrincipals = [value] })), Written.Tokens(Written.Issuer)));

    [Fact]
    public void A_rule_without_issuer_accepts_any() => Assert.False(Linted.Says(
        LintCodes.RequestPrincipalIssuerUnknown,
        Written.Allow(Written.From(new Source { RequestPrincipals = ["x/*"] })),
        Written.Tokens(new JwtRule { JwksUri = "https://a.example/keys" })));
}
