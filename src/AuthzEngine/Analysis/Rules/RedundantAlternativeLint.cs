using AuthzEngine.Analysis.Relations;
using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Compilation;

namespace AuthzEngine.Analysis.Rules;

/// <summary>An entry of <c>from</c> or <c>to</c> that another one covers: entries are alternatives, authorization-policy §2.7.</summary>
internal static class RedundantAlternativeLint
{
    public static IEnumerable<Remark> Check(WrittenRule rule, AnalyzedPolicy policy) => rule.Http is not { } model
        ? []
        : Check(rule, model.From, "from").Concat(Check(rule, model.To, "to"));

    private static IEnumerable<Remark> Check(WrittenRule rule, IReadOnlyList<IReadOnlyList<Clause>> alternatives, string list)
    {
        for (var i = 0; i < alternatives.Count; i++)
        {
            for (var j = 0; j < alternatives.Count; j++)
            {
                if (i != j && Covers(alternatives[j], alternatives[i]) && (j < i || !Covers(alternatives[i], alternatives[j])))
                {
                    yield return new(
                        LintCodes.AlternativeRedundant,
                        $"{rule.Path}.{list}[{i}]",
                        $"entries of `{list}` are alternatives, and `{list}[{j}]` matches all that this one does: it has no effect",
                        "to demand both put their fields into one entry");
                    break;
                }
            }
        }
    }

    private static bool Covers(IReadOnlyList<Clause> wide, IReadOnlyList<Clause> narrow) => RuleRelations.Covers(wide, narrow, []);
}
