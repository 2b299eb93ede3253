using System.Globalization;
using System.Text;

namespace AuthzEngine.Diagnostics;

/// <summary>Untrusted text as messages quote it: in backticks, short, and without what a terminal or log would obey.</summary>
public static class Excerpt
{
    /// <summary>Most characters that are quoted.</summary>
    public const int MaxLength = 80;

    /// <summary>Quotes a text.</summary>
    /// <param name="text">The text; untrusted.</param>
    /// <returns>At most <see cref="MaxLength"/> characters of it and an ellipsis, in backticks; others than printable ones as <c>?</c>.</returns>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var quoted = new StringBuilder("`");
        foreach (var rune in text.EnumerateRunes())
        {
            if (quoted.Length > MaxLength)
            {
                _ = quoted.Append('…');
                break;
            }

            _ = quoted.Append(IsPrintable(rune) ? rune.ToString() : "?");
        }

        return quoted.Append('`').ToString();
    }

    // A backtick would end the quotation; format characters reorder or hide what stands next to them (CVE-2021-42574).
    private static bool IsPrintable(Rune rune) => rune.Value != '`' && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
