using AuthzEngine.Matching;

namespace AuthzEngine.Analysis.Paths;

/// <summary>What a value of <c>paths</c> says literally.</summary>
internal static class PathText
{
    /// <summary>Whether it is a template.</summary>
    public static bool IsTemplate(string value) =>
        value.Contains("{*}", StringComparison.Ordinal) || value.Contains("{**}", StringComparison.Ordinal);

    /// <summary>Its segments that are known as a whole: those between slashes, and next to an end without star.</summary>
    public static IEnumerable<string> WholeSegments(string value)
    {
        var pattern = TextPattern.Of(value);
        var segments = pattern.Text.Split('/');
        return segments
            .Skip(pattern.Kind == TextMatch.Suffix ? 1 : 0)
            .SkipLast(pattern.Kind == TextMatch.Prefix ? 1 : 0);
    }

    /// <summary>Whether any value of a list matches a path.</summary>
    public static bool AnyMatches(IEnumerable<string> values, string path) =>
        values.Any(value => PathPattern.TryParse(value, out var pattern) && pattern.Matches(path));
}
