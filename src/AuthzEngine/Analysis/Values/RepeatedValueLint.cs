using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Values;

/// <summary>A value that its list already has.</summary>
internal static class RepeatedValueLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return field.EachValue(
            LintCodes.ValueRepeated,
            value => seen.Add(value) ? null : new($"{Excerpt.Of(value)} is in the list already", "remove it", Severity.Info));
    }
}
