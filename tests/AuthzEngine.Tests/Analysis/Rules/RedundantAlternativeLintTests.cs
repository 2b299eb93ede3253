using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Rules;

public sealed class RedundantAlternativeLintTests
{
    [Fact]
    public void An_entry_that_another_covers_is_pointed_out() => Assert.Equal(
        "spec.rules[0].from[1]",
        Linted.The(
            LintCodes.AlternativeRedundant,
            Written.Allow(Written.From(new Source { Principals = ["*"] }, new Source { Namespaces = ["a"], IpBlocks = ["10.0.0.1"] }))).Field);

    [Fact]
    public void Of_two_equal_entries_the_first_is_kept() => Assert.Equal(
        "spec.rules[0].to[1]",
        Linted.The(LintCodes.AlternativeRedundant, Written.Allow(Written.To(new Operation { Methods = ["GET"] }, new Operation { Methods = ["GET"] }))).Field);

    [Fact]
    public void Entries_that_each_match_something_are_not() => Assert.False(Linted.Says(
        LintCodes.AlternativeRedundant,
        Written.Allow(Written.From(new Source { Namespaces = ["a"] }, new Source { Namespaces = ["a*"], IpBlocks = ["10.0.0.1"] }))));
}
