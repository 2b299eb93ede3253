using System.Globalization;
using System.Text;

namespace AuthzEngine.Formats.Yaml;

/// <summary>Untrusted text for a message: short, on one line, without control characters.</summary>
internal static class Excerpt
{
    private const int MaxLength = 80;

    /// <summary>Cuts and escapes.</summary>
    /// <param name="text">The text; untrusted.</param>
    /// <returns>At most about eighty characters.</returns>
    public static string Of(string text)
    {
        var cut = text.Length > MaxLength;
        var shown = cut ? text[..MaxLength] : text;
        if (!shown.Any(IsUnprintable))
        {
            return cut ? shown + "…" : shown;
        }

        var escaped = new StringBuilder();
        foreach (var c in shown)
        {
            _ = IsUnprintable(c)
                ? escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")
                : escaped.Append(c);
        }

        return escaped.Append(cut ? "…" : "").ToString();
    }

    // Backticks would end the quotation; lone surrogates and format characters (bidi) would garble the line.
    private static bool IsUnprintable(char c) =>
        c == '`' || char.IsControl(c) || char.IsSurrogate(c)
        || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator;
}
