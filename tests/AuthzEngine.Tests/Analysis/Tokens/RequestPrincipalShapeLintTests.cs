using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Tokens;

public sealed class RequestPrincipalShapeLintTests
{
    [Theory]
    [InlineData("issuer", true)]
    [InlineData("*/*", true)]
    [InlineData("https://a.example*", true)]
    [InlineData("https://a.example", true)]
    [InlineData("*/us*", true)]
    [InlineData("a*b/*", true)]
    [InlineData("a/", true)]
    [InlineData("*", false)]
    [InlineData("*/user", false)]
    [InlineData("https://a.example/*", false)]
    [InlineData("https://a.example/us*", false)]
    [InlineData("https://a.example/user", false)]
    [InlineData("*user", false)]
    [InlineData("iss*", false)]
    public void A_request_principal_that_no_token_has_is_pointed_out(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.RequestPrincipalNeverMatches, Written.Allow(Written.From(new Source { RequestPrincipals = [value] }))));

    [Fact]
    public void Where_issuer_and_subject_are_joined_all_forms_match() => Assert.DoesNotContain(
        Linted.Findings(new AnalysisInput([Written.Allow(Written.From(new Source { RequestPrincipals = ["*/*"] }))])
        {
            Settings = new() { RequestPrincipals = RequestPrincipalMatching.Joined },
        }),
        finding => finding.Code == LintCodes.RequestPrincipalNeverMatches);
}
