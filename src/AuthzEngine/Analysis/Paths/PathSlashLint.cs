using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Paths;

/// <summary>A path that does not start with a slash, as all paths do.</summary>
internal static class PathSlashLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) => field.Attribute != RuleAttribute.Path
        ? []
        : field.EachValue(LintCodes.PathWithoutSlash, value => value is ['/' or '*', ..] || PathText.IsTemplate(value)
            ? null
            : new($"every path starts with a slash, {Excerpt.Of(value)} does not: {field.NeverMatches}", Suggest(value)));

    private static string Suggest(string value)
    {
        var scheme = value.IndexOf("://", StringComparison.Ordinal);
        var slash = scheme < 0 ? -1 : value.IndexOf('/', scheme + 3);
        return scheme < 0 ? $"write {Excerpt.Of("/" + value)}"
            : slash < 0 ? "hosts go into `hosts`"
            : $"write {Excerpt.Of(value[slash..])}; hosts go into `hosts`";
    }
}
