using System.Globalization;
using AuthzEngine.Diagnostics;
using MeshCA.Texts;

namespace MeshCA.PolicySources.Watched;

/// <summary>Findings as texts for the API: bounded, on one line, printable.</summary>
internal static class FindingText
{
    private const int MaxFindings = 5;
    private const int MaxLength = 300;

    /// <summary>One finding.</summary>
    /// <param name="finding">The finding.</param>
    /// <param name="withSuggestion">Whether what to write instead comes with it.</param>
    public static string Of(Finding finding, bool withSuggestion = true)
    {
        var field = finding.Field.Length > 0 ? finding.Field + ": " : "";
        var suggestion = withSuggestion && finding.Suggestion is { } better ? $" ({better})" : "";
        return PrintableText.Of($"{field}{finding.Message}{suggestion} [{finding.Code}]", MaxLength);
    }

    /// <summary>Several: the first ones, and how many more there are.</summary>
    public static string Of(IReadOnlyList<Finding> findings)
    {
        var more = findings.Count > MaxFindings ? string.Create(CultureInfo.InvariantCulture, $"; and {findings.Count - MaxFindings} more") : "";
        return string.Join("; ", findings.Take(MaxFindings).Select(finding => Of(finding))) + more;
    }
}
