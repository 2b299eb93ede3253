using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Headers;

/// <summary>The path as a header: with its query, unlike <c>paths</c>; authorization-policy §3.4.</summary>
internal static class RawPathLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) =>
        field.Attribute != RuleAttribute.Header || !field.Name.Equals(":path", StringComparison.OrdinalIgnoreCase)
            ? []
            : field.EachValue(LintCodes.HeaderPathQuery, value => value is [.., '*'] || value.Contains('?', StringComparison.Ordinal)
                ? null
                : new(
                    $"the header `:path` includes the query: {Excerpt.Of(value)} does not match once a query is added",
                    "use `paths`, which is compared without query",
                    field.MissLetsThrough(policy.Action) ? Severity.Warning : Severity.Info));
}
