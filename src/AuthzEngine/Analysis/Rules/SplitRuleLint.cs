using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Rules;

/// <summary>A rule with only <c>from</c> followed by one with only <c>to</c>: one dash too many makes them alternatives, §8.1.</summary>
internal static class SplitRuleLint
{
    public static IEnumerable<Remark> Check(AnalyzedPolicy policy)
    {
        if (policy.Action is not (PolicyAction.Allow or PolicyAction.Deny))
        {
            yield break;
        }

        foreach (var (first, second) in policy.Rules.Zip(policy.Rules.Skip(1)))
        {
            if (first is { From.Count: > 0, To.Count: 0, When.Count: 0 } && second is { From.Count: 0, To.Count: > 0, When.Count: 0 })
            {
                yield return new(
                    LintCodes.RuleSplit,
                    second.Path,
                    $"rules are alternatives: `rules[{first.Index}]` holds for every operation, and this one for every caller",
                    "if one rule is meant, remove the dash in front of `to`");
            }
        }
    }
}
