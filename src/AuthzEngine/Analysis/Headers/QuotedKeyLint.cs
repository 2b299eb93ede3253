using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Headers;

/// <summary>Quotes within the brackets of a key: they are part of the name, authorization-policy §3.4 and §3.7.</summary>
internal static class QuotedKeyLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) =>
        field.Attribute is RuleAttribute.Header or RuleAttribute.Claim && IsQuoted(field.Name)
            ? [new(LintCodes.ConditionKeyQuoted, field.KeyPath, $"the quotes are part of the name {Excerpt.Of(field.Name)}", "leave the quotes out")]
            : [];

    public static bool IsQuoted(string name) => name is ['"', .., '"'] or ['\'', .., '\''];
}
