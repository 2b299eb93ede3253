using AuthzEngine.Analysis.Relations;
using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Compilation;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Rules;

/// <summary>Fields that must all hold and never do together, authorization-policy §2.7.</summary>
internal static class NeverMatchesLint
{
    public static IEnumerable<Remark> Check(WrittenRule rule, AnalyzedPolicy policy)
    {
        if (rule.Http is not { } model)
        {
            return [];
        }

        if (Find(model.When, []) is { } pair)
        {
            return [Describe(rule.Path, "the rule", pair, policy.Action)];
        }

        return CheckAlternatives(rule, model.From, "from", "source", policy.Action)
            .Concat(CheckAlternatives(rule, model.To, "to", "operation", policy.Action));
    }

    private static IEnumerable<Remark> CheckAlternatives(
        WrittenRule rule, IReadOnlyList<IReadOnlyList<Clause>> alternatives, string list, string member, PolicyAction action)
    {
        Contradiction?[] found = [.. alternatives.Select(alternative => Find(alternative, rule.Http!.When))]; // checked by the caller
        var whole = found.Length > 0 && found.All(pair => pair is not null);
        for (var i = 0; i < found.Length; i++)
        {
            if (found[i] is { } pair)
            {
                yield return Describe($"{rule.Path}.{list}[{i}].{member}", whole ? "the rule" : $"this {member}", pair, action);
            }
        }
    }

    private static Contradiction? Find(IReadOnlyList<Clause> clauses, IReadOnlyList<Clause> given)
    {
        for (var i = 0; i < clauses.Count; i++)
        {
            foreach (var other in clauses.Skip(i + 1).Concat(given))
            {
                if (ClauseRelations.Contradict(clauses[i], other))
                {
                    return new(clauses[i], other);
                }
            }
        }

        return null;
    }

    private static Remark Describe(string field, string what, Contradiction pair, PolicyAction action) => new(
        LintCodes.NeverMatches,
        field,
        $"no request satisfies both `{pair.One.Field}` and `{pair.Other.Field}`: {what} never matches{(action == PolicyAction.Deny ? ", and refuses nothing" : "")}",
        pair.One.Negated == pair.Other.Negated ? "fields of one entry must all hold; for alternatives write several entries" : "remove one of them");

    private sealed record Contradiction(Clause One, Clause Other);
}
