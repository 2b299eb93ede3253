using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using Xunit;

namespace AuthzEngine.Tests.Evaluation;

public sealed class DecisionWordsTests
{
    private static readonly RuleIdentity Rule = RuleNames.Of(Written.Deny(new Rule()), 0);

    [Fact]
    public void Every_reason_has_words_of_its_own()
    {
        var words = Enum.GetValues<DecisionReason>().Select(reason => DecisionWords.Describe(new() { Reason = reason, Rule = Rule })).ToList();

        // Allowed and denied by a rule read alike: the rule's action tells them apart.
        Assert.Equal(words.Count - 1, words.Distinct().Count());
    }

    [Fact]
    public void The_rule_is_named_by_resource_and_field() => Assert.Equal(
        "DENY rule spec.rules[0] of AuthorizationPolicy/shop/p matched",
        DecisionWords.Describe(new() { Reason = DecisionReason.DenyRuleMatched, Rule = Rule }));

    [Fact]
    public void A_resource_that_decides_as_a_whole_is_named_without_a_rule() => Assert.Equal(
        "AuthorizationPolicy/shop/p is invalid, and no valid version of it is known",
        DecisionWords.Describe(new() { Reason = DecisionReason.InvalidResource, Rule = Rule with { Index = -1 } }));

    [Fact]
    public void What_was_assumed_is_named() => Assert.EndsWith(
        "; the worst was assumed of what is unknown: sni, http.path",
        DecisionWords.Describe(new() { Reason = DecisionReason.DenyRuleMatched, Rule = Rule, Assumed = AttributeKinds.Path | AttributeKinds.Sni }),
        StringComparison.Ordinal);
}
