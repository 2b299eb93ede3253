using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Rules;

public sealed class AlternativeSourcesLintTests
{
    [Fact]
    public void Identity_or_address_is_pointed_out() => Assert.True(Linted.Says(
        LintCodes.SourcesAreAlternatives, Written.Allow(Written.From(new Source { Namespaces = ["a"] }, new Source { IpBlocks = ["10.0.0.1"] }))));

    [Fact]
    public void Identity_or_token_is_pointed_out() => Assert.True(Linted.Says(
        LintCodes.SourcesAreAlternatives, Written.Allow(Written.From(new Source { RequestPrincipals = ["*"] }, new Source { Principals = ["*"] }))));

    [Fact]
    public void Two_identities_are_not() => Assert.False(Linted.Says(
        LintCodes.SourcesAreAlternatives, Written.Allow(Written.From(new Source { Namespaces = ["a"] }, new Source { Principals = ["cluster.local/ns/b/sa/c"] }))));

    [Fact]
    public void A_DENY_of_either_is_not() => Assert.False(Linted.Says(
        LintCodes.SourcesAreAlternatives, Written.Deny(Written.From(new Source { Namespaces = ["a"] }, new Source { IpBlocks = ["10.0.0.1"] }))));
}
