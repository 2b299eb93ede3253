using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Headers;

/// <summary>A comma in the value of a header: lines are compared whole, never split; authorization-policy §3.4.</summary>
internal static class HeaderListLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) => field.Attribute != RuleAttribute.Header
        ? []
        : field.EachValue(LintCodes.HeaderList, value => value.Contains(',', StringComparison.Ordinal)
            ? new(
                $"{Excerpt.Of(value)} is compared with a whole line of the header; neither is split at commas",
                "give each alternative as a value of its own",
                Severity.Info)
            : null);
}
