using AuthzEngine.Diagnostics;

namespace MeshCA.Admin.Policies;

/// <summary>One finding of <c>meshca policy lint</c>; scripts rely on the names of its members.</summary>
/// <param name="Severity"><c>error</c>, <c>warning</c> or <c>info</c>.</param>
/// <param name="Code">Stable name of what is found.</param>
/// <param name="Resource"><c>Kind/namespace/name</c>; null where that could not be read, or it is about a file.</param>
/// <param name="Field">Path within the resource; may be empty.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Suggestion">What to write instead; null when that is not clear.</param>
/// <param name="Location">Where it stands; null when nobody knows.</param>
internal sealed record LintFinding(
    string Severity, string Code, string? Resource, string Field, string Message, string? Suggestion, LintLocation? Location)
{
    public static LintFinding Of(Finding finding) => new(
        ReportText.NameOf(finding.Severity),
        finding.Code,
        finding.Resource?.ToString(),
        finding.Field,
        finding.Message,
        finding.Suggestion,
        finding.Location is { } place ? new(place.Source, place.Line, place.Column) : null);
}

/// <summary>A place in a file.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
internal sealed record LintLocation(string File, int Line, int Column);

/// <summary>Findings as text, by file.</summary>
internal static class LintReport
{
    /// <summary>Prints findings.</summary>
    /// <param name="findings">The findings, by file.</param>
    /// <returns>Files with their findings, and a line that counts.</returns>
    public static string ToText(IReadOnlyList<LintFinding> findings)
    {
        var text = new ReportText();
        foreach (var file in findings.GroupBy(finding => finding.Location?.File ?? "", StringComparer.Ordinal))
        {
            _ = text.Line(0, file.Key).Each(file, Add).Gap();
        }

        return text.Line(0, $"{Count(findings, Severity.Error, "error")}, {Count(findings, Severity.Warning, "warning")}, {Count(findings, Severity.Info, "note")}")
            .ToString();
    }

    private static void Add(ReportText text, LintFinding finding) => text
        .Line(1, finding.Location is { } place ? $"{place.Line}:{place.Column}" : null, finding.Severity, finding.Code, finding.Resource, finding.Field)
        .Line(2, finding.Message)
        .Line(2, finding.Suggestion);

    private static string Count(IEnumerable<LintFinding> findings, Severity severity, string noun)
    {
        var count = findings.Count(finding => finding.Severity == ReportText.NameOf(severity));
        return $"{count} {noun}{(count == 1 ? "" : "s")}";
    }
}
