using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Paths;

/// <summary>A query or fragment in a path: both are cut off before it is compared, authorization-policy §3.1.</summary>
internal static class PathQueryLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) => field.Attribute != RuleAttribute.Path
        ? []
        : field.EachValue(LintCodes.PathQuery, value => value.AsSpan().IndexOfAny('?', '#') is >= 0 and var at
            ? new(
                $"paths are compared without query and fragment, {Excerpt.Of(value)} has one: {field.NeverMatches}",
                at > 0 ? $"write {Excerpt.Of(value[..at])}" : null)
            : null);
}
