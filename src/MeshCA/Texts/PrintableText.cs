using System.Globalization;
using System.Text;

namespace MeshCA.Texts;

/// <summary>Text of others made fit for a line of a log, a status or an answer.</summary>
internal static class PrintableText
{
    /// <summary>A text without what a terminal would obey, cut off where it is too long; never between the halves of a character.</summary>
    /// <param name="text">Untrusted.</param>
    /// <param name="longest">Most UTF-16 units.</param>
    public static string Of(string text, int longest)
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
