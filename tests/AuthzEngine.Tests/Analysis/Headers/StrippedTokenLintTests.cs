using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Headers;

public sealed class StrippedTokenLintTests
{
    [Theory]
    [InlineData("Authorization", true)]
    [InlineData("authorization", true)]
    [InlineData("x-token", false)]
    public void The_header_of_a_token_is_removed(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.HeaderTokenRemoved, Written.Allow(Written.When($"request.headers[{value}]", "x")), Written.Tokens(Written.Issuer)));

    [Theory]
    [InlineData("x-token", false, true)]
    [InlineData("authorization", false, false)]
    [InlineData("x-token", true, false)]
    public void Only_headers_that_are_looked_at_lose_their_token(string header, bool forward, bool said) => Assert.Equal(
        said,
        Linted.Says(
            LintCodes.HeaderTokenRemoved,
            Written.Allow(Written.When($"request.headers[{header}]", "*")),
            Written.Tokens(Written.Issuer with { FromHeaders = [new("X-Token", "")], ForwardOriginalToken = forward })));

    [Fact]
    public void Before_a_provider_is_asked_nothing_is_removed() => Assert.False(Linted.Says(
        LintCodes.HeaderTokenRemoved,
        Written.Policy(PolicyAction.Custom, Written.When("request.headers[authorization]", "*")),
        Written.Tokens(Written.Issuer)));
}
