using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Tokens;

public sealed class MissingAuthenticationLintTests
{
    [Theory]
    [InlineData("cart", false)]
    [InlineData("web", true)]
    public void A_token_needs_a_RequestAuthentication_that_may_apply(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.TokenWithoutAuthentication, Written.Allow(Written.When("request.auth.claims[a]", "b")) with { Selector = Written.Labels("app", "cart") }, Written.Tokens(Written.Issuer) with { Selector = Written.Labels("app", value) }));

    [Fact]
    public void That_of_the_root_namespace_applies_everywhere() => Assert.False(Linted.Says(
        LintCodes.TokenWithoutAuthentication,
        Written.Allow(Written.When("request.auth.principal", "*")),
        Written.Tokens(Written.Issuer) with { Id = Written.Id(ResourceKind.RequestAuthentication) with { Namespace = "istio-system" } }));

    [Fact]
    public void Headers_need_none() => Assert.False(Linted.Says(
        LintCodes.TokenWithoutAuthentication, Written.Allow(Written.When("request.headers[a]", "b"))));
}
