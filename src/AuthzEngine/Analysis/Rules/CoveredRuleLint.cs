using AuthzEngine.Analysis.Relations;
using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Rules;

/// <summary>Rules that another rule leaves without effect: a DENY refuses all that they allow, or one of the same action does all that they do.</summary>
internal static class CoveredRuleLint
{
    // What a comparison costs grows with the sizes of both rules. Past this none is made, which is said.
    private const long MaxCost = 200_000_000;

    public static IEnumerable<LocatedRemark> Check(AnalyzedMesh mesh)
    {
        var covering = mesh.Policies
            .Where(policy => policy.IsEnforced && policy.Action is PolicyAction.Allow or PolicyAction.Deny)
            .ToLookup(policy => policy.Source.Id.Namespace, StringComparer.Ordinal);
        var left = MaxCost;
        foreach (var policy in mesh.Policies.Where(policy => policy.IsEnforced && policy.Action is PolicyAction.Allow or PolicyAction.Deny))
        {
            AnalyzedPolicy[] candidates = [.. Candidates(policy, covering, mesh)];
            foreach (var rule in policy.Rules.Where(rule => rule.Http is not null))
            {
                if (Find(policy, rule, candidates, ref left) is { } remark)
                {
                    yield return new(policy.Source.Id, remark);
                }

                if (left < 0)
                {
                    yield return new(policy.Source.Id, TooMany());
                    yield break;
                }
            }
        }
    }

    private static IEnumerable<AnalyzedPolicy> Candidates(AnalyzedPolicy policy, ILookup<string, AnalyzedPolicy> covering, AnalyzedMesh mesh) =>
        new[] { mesh.Settings.RootNamespace, policy.Source.Id.Namespace }
            .Distinct(StringComparer.Ordinal)
            .SelectMany(name => covering[name])
            .Where(other => (other.Action == policy.Action || other.Action == PolicyAction.Deny) && other.Scope.Covers(policy.Scope));

    // What a DENY refuses is worse than what is said twice: it comes first.
    private static Remark? Find(AnalyzedPolicy policy, WrittenRule rule, AnalyzedPolicy[] candidates, ref long left)
    {
        Remark? redundant = null;
        foreach (var other in candidates)
        {
            foreach (var wide in other.Rules)
            {
                left -= (long)wide.Size * rule.Size;
                if (left < 0)
                {
                    return null;
                }

                if (ReferenceEquals(wide, rule) || (other.Action == policy.Action && redundant is not null)
                    || !RuleRelations.Covers(wide, other.Action, rule))
                {
                    continue;
                }

                if (other.Action != policy.Action)
                {
                    return Shadowed(rule, other, wide);
                }

                redundant = IsFirst(other, wide, policy, rule) ? Redundant(rule, other, wide, policy) : null;
            }
        }

        return redundant;
    }

    // Of two rules that say the same one is kept: the first.
    private static bool IsFirst(AnalyzedPolicy other, WrittenRule wide, AnalyzedPolicy policy, WrittenRule rule) =>
        !policy.Scope.Covers(other.Scope) || !RuleRelations.Covers(rule, policy.Action, wide)
        || (ReferenceEquals(other, policy) ? wide.Index < rule.Index : Before(other.Source.Id, policy.Source.Id));

    private static bool Before(ResourceId one, ResourceId other) => string.CompareOrdinal(one.ToString(), other.ToString()) < 0;

    private static Remark Shadowed(WrittenRule rule, AnalyzedPolicy other, WrittenRule wide) => new(
        LintCodes.ShadowedByDeny,
        rule.Path,
        $"`rules[{wide.Index}]` of DENY policy {Name(other)} refuses all that this rule allows",
        "narrow the DENY, or remove this rule");

    private static Remark Redundant(WrittenRule rule, AnalyzedPolicy other, WrittenRule wide, AnalyzedPolicy policy) => new(
        LintCodes.RuleRedundant,
        rule.Path,
        $"`rules[{wide.Index}]` of {(ReferenceEquals(other, policy) ? "this policy" : "policy " + Name(other))} matches all that this rule does: it has no effect of its own",
        "remove it, or narrow the other",
        Severity.Info);

    private static Remark TooMany() => new(
        LintCodes.AnalysisIncomplete,
        "spec.rules",
        "there are too many rules to compare each with all others: from here on none was",
        "lint fewer namespaces at once",
        Severity.Info);

    private static string Name(AnalyzedPolicy policy) => Excerpt.Of($"{policy.Source.Id.Namespace}/{policy.Source.Id.Name}");
}
