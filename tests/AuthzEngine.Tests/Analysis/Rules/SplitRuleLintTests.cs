using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Rules;

public sealed class SplitRuleLintTests
{
    [Fact]
    public void Only_from_and_then_only_to_is_pointed_out() => Assert.Equal(
        "spec.rules[1]",
        Linted.The(LintCodes.RuleSplit, Written.Allow(Written.From(new Source { Namespaces = ["a"] }), Written.To(new Operation { Methods = ["GET"] }))).Field);

    [Fact]
    public void The_other_way_round_is_not() => Assert.False(Linted.Says(
        LintCodes.RuleSplit, Written.Allow(Written.To(new Operation { Methods = ["GET"] }), Written.From(new Source { Namespaces = ["a"] }))));

    [Fact]
    public void Whole_rules_are_not() => Assert.False(Linted.Says(
        LintCodes.RuleSplit,
        Written.Allow(
            Written.From(new Source { Namespaces = ["a"] }) with { To = [new(new Operation { Methods = ["PUT"] })] },
            Written.To(new Operation { Methods = ["GET"] }))));
}
