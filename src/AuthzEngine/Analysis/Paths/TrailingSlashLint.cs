using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Paths;

/// <summary>A slash at the end is part of a path, and no normalization takes it away; authorization-policy §5.</summary>
internal static class TrailingSlashLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) => field.Attribute != RuleAttribute.Path
        ? []
        : field.EachValue(LintCodes.PathTrailingSlash, value => CheckTemplate(value) ?? (field.MissLetsThrough(policy.Action) ? CheckExact(field, value) : null));

    private static Advice? CheckTemplate(string value) => value.EndsWith("{**}/", StringComparison.Ordinal)
        ? new(
            $"{Excerpt.Of(value)} only matches paths that end in a slash",
            $"write {Excerpt.Of(value[..^1])}",
            Severity.Info)
        : null;

    // A server may well take both for one resource; what looks like a file it will not.
    private static Advice? CheckExact(WrittenField field, string value)
    {
        if (value is not ['/', _, ..] || PathText.IsTemplate(value) || value.AsSpan().ContainsAny("*?#.")
            || PathText.AnyMatches(field.Values, Other(value)))
        {
            return null;
        }

        return new(
            $"{Excerpt.Of(value)} does not match {Excerpt.Of(Other(value))}, which the server may answer alike",
            $"add {Excerpt.Of(Other(value))}",
            Severity.Info);
    }

    private static string Other(string value) => value is [.. var rest, '/'] ? rest : value + "/";
}
