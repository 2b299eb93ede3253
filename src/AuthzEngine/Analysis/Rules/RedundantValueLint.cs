using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;
using AuthzEngine.Matching;

namespace AuthzEngine.Analysis.Rules;

/// <summary>A value that another of its list matches anyway; mostly a wider one than was meant.</summary>
internal static class RedundantValueLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) => field.Attribute switch
    {
        RuleAttribute.Path => Check(field, value => PathPattern.TryParse(value, out var pattern) ? pattern : null, Relations.PathRelations.Covers),
        RuleAttribute.Host => Check(field, value => TextPattern.Of(value, TextMatch.Present, ignoreCase: true), Relations.TextRelations.Covers),
        RuleAttribute.Method or RuleAttribute.Header => Check(field, value => TextPattern.Of(value, TextMatch.Present), Relations.TextRelations.Covers),
        RuleAttribute.Namespace => Check(field, PeerPattern.OfNamespace, Relations.PeerRelations.Covers),
        RuleAttribute.Principal => Check(field, PeerPattern.OfPrincipal, Relations.PeerRelations.Covers),
        RuleAttribute.Address => Check(field, value => CidrBlock.TryParse(value, out var block) ? block : null, (wide, narrow) =>
            wide.PrefixLength <= narrow.PrefixLength && wide.Contains(narrow.Address)),
        _ => [],
    };

    private static IEnumerable<Remark> Check<T>(WrittenField field, Func<string, T?> parse, Func<T, T, bool> covers)
        where T : class
    {
        T?[] patterns = [.. field.Values.Select(parse)];
        for (var i = 0; i < patterns.Length; i++)
        {
            // Equal texts have a lint of their own; of two that mean the same the first stays.
            var wider = Array.FindIndex(patterns, other => other is not null && patterns[i] is { } pattern && !ReferenceEquals(other, pattern)
                && covers(other, pattern));
            if (wider >= 0 && field.Values[wider] != field.Values[i] && (wider < i || !covers(patterns[i]!, patterns[wider]!))) // both are there, else none covers
            {
                yield return new(
                    LintCodes.ValueRedundant,
                    $"{field.Path}[{i}]",
                    $"{Excerpt.Of(field.Values[wider])} in the same list already matches {Excerpt.Of(field.Values[i])}",
                    "remove it, or narrow the other",
                    Severity.Info);
            }
        }
    }
}
