using System.Globalization;
using System.Text;
using AuthzEngine.Diagnostics;

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
        return Printable($"{field}{finding.Message}{suggestion} [{finding.Code}]", MaxLength);
    }

    /// <summary>Several: the first ones, and how many more there are.</summary>
    public static string Of(IReadOnlyList<Finding> findings)
    {
        var more = findings.Count > MaxFindings ? string.Create(CultureInfo.InvariantCulture, $"; and {findings.Count - MaxFindings} more") : "";
        return string.Join("; ", findings.Take(MaxFindings).Select(finding => Of(finding))) + more;
    }

    /// <summary>A text without what a terminal would obey, cut off where it is too long.</summary>
    /// <param name="text">Untrusted.</param>
    /// <param name="longest">Most UTF-16 units.</param>
    public static string Printable(string text, int longest)
    {
        var printable = new StringBuilder(Math.Min(text.Length, longest));
        foreach (var rune in text.EnumerateRunes())
        {
            var isPlain = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned);
            var next = isPlain ? rune : new Rune('?');
            if (printable.Length + next.Utf16SequenceLength >= longest)
            {
                return printable.Append('…').ToString();
            }

            printable.Append(next.ToString());
        }

        return printable.ToString();
    }
}
