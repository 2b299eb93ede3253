using System.Text;
using System.Text.RegularExpressions;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;

namespace AuthzEngine.Tests.Reference;

/// <summary>What must hold between the parts of an explanation.</summary>
internal sealed partial class ExplanationRules(IReadOnlyList<PolicyResource> resources)
{
    /// <summary>Whether the decision follows from the rules' outcomes, and each rule's outcome from its clauses.</summary>
    public bool Hold(Explanation explanation) =>
        explanation.Policies.SelectMany(policy => policy.Rules).All(OutcomeFollowsFromClauses) && DecisionFollows(explanation);

    private static bool DecisionFollows(Explanation explanation) => explanation.Decision switch
    {
        { Reason: DecisionReason.DenyRuleMatched } decision => decision.Rule!.Id == First(explanation, PolicyAction.Deny, true),
        { Reason: DecisionReason.AllowRuleMatched } decision =>
            decision.Rule!.Id == First(explanation, PolicyAction.Allow, false) && First(explanation, PolicyAction.Deny, true) is null,
        { Reason: DecisionReason.NoAllowRuleMatched or DecisionReason.NoAllowPolicy } =>
            First(explanation, PolicyAction.Allow, false) is null && First(explanation, PolicyAction.Deny, true) is null,
        _ => true, // stages that no rule of these decides
    };

    // A certain match goes before a possible one.
    private static string? First(Explanation explanation, PolicyAction action, bool orUnknown) =>
        First(explanation, action, RuleOutcome.Match) ?? (orUnknown ? First(explanation, action, RuleOutcome.Unknown) : null);

    private static string? First(Explanation explanation, PolicyAction action, RuleOutcome outcome) => explanation.Policies
        .Where(policy => policy.Action == action && !policy.DryRun)
        .SelectMany(policy => policy.Rules)
        .Where(rule => rule.Outcome == outcome)
        .Select(rule => rule.Rule.Id)
        .OrderBy(id => Convert.ToHexString(Encoding.UTF8.GetBytes(id)), StringComparer.Ordinal)
        .FirstOrDefault();

    private bool OutcomeFollowsFromClauses(RuleExplanation rule)
    {
        if (rule.Outcome == RuleOutcome.LeftOut)
        {
            return rule.Clauses.Count == 0;
        }

        var when = rule.Clauses.Where(clause => clause.Field.Contains(".when[", StringComparison.Ordinal)).Select(Truth);
        var written = resources.OfType<AuthorizationPolicy>().Single(policy => policy.Id == rule.Rule.Policy).Rules[rule.Rule.Index]!;
        var expected = Kleene.All([Alternatives(rule, "from", written.From.Count), Alternatives(rule, "to", written.To.Count), .. when]);
        return rule.Outcome == expected switch
        {
            Reference.Truth.True => RuleOutcome.Match,
            Reference.Truth.Unknown => RuleOutcome.Unknown,
            _ => RuleOutcome.NoMatch,
        };
    }

    // An alternative that has no field, or lost all of them on TCP, has no clause, and matches anything.
    private static Truth Alternatives(RuleExplanation rule, string part, int written)
    {
        var groups = rule.Clauses.Where(clause => clause.Field.Contains($".{part}[", StringComparison.Ordinal))
            .GroupBy(clause => Alternative().Match(clause.Field).Value).ToList();
        return groups.Count < written || written == 0 ? Reference.Truth.True : Kleene.Any(groups.Select(group => Kleene.All(group.Select(Truth))));
    }

    private static Truth Truth(ClauseExplanation clause) => clause.Outcome switch
    {
        ClauseOutcome.Holds => Reference.Truth.True,
        ClauseOutcome.Unknown => Reference.Truth.Unknown,
        _ => Reference.Truth.False,
    };

    [GeneratedRegex(@"\.(from|to)\[\d+\]")]
    private static partial Regex Alternative();
}
