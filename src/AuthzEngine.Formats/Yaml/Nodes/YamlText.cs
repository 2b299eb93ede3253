using System.Buffers;
using System.Text;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Formats.Yaml.Nodes;

/// <summary>An untrusted text before it is parsed: its length, its characters, and where its documents divide.</summary>
internal static class YamlText
{
    private const int LongestSequence = 3; // bytes of UTF-8 per UTF-16 character

    // YAML 1.2 §5.1 has no C0 controls but tab and line ends, and no non-characters. YAML 1.1 breaks lines also at NEL, LS
    // and PS where 1.2 and JSON do not: refused, since the two would read different policies.
    private static readonly SearchValues<char> Forbidden = SearchValues.Create(
        [.. Enumerable.Range(0, 0xa0).Where(c => c is < 0x20 and not ('\t' or '\n' or '\r') or >= 0x7f).Select(c => (char)c),
            '\u2028', '\u2029', '\ufeff', '\ufffe', '\uffff']);

    /// <summary>Decodes UTF-8.</summary>
    /// <param name="utf8">The bytes; untrusted.</param>
    /// <param name="limits">How much is read.</param>
    /// <param name="text">The text, or null.</param>
    /// <returns>What is wrong with the bytes, or null.</returns>
    public static TextFault? Decode(ReadOnlySpan<byte> utf8, YamlLimits limits, out string? text)
    {
        text = null;
        if (utf8.Length / LongestSequence > limits.MaxLength)
        {
            return TooLong(limits);
        }

        if (!System.Text.Unicode.Utf8.IsValid(utf8))
        {
            return InvalidUtf8(utf8);
        }

        text = Encoding.UTF8.GetString(utf8);
        return null;
    }

    /// <summary>Checks length and characters.</summary>
    /// <param name="text">The text, without byte order mark; untrusted.</param>
    /// <param name="limits">How much is read.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public static TextFault? Check(ReadOnlySpan<char> text, YamlLimits limits)
    {
        if (text.Length > limits.MaxLength)
        {
            return TooLong(limits);
        }

        var at = text.IndexOfAny(Forbidden);
        at = at < 0 ? IndexOfLoneSurrogate(text) : at;
        return at < 0
            ? null
            : Place(text[..at], YamlCodes.Character, $"character U+{(int)text[at]:X4} is not allowed; in double quotes write it as an escape");
    }

    /// <summary>Divides a text at its document markers, so that one that cannot be parsed hides no other.</summary>
    /// <remarks>YAML 1.2 §9.1.2: <c>---</c> at the start of a line ends whatever came before, also within quotes.</remarks>
    /// <param name="text">The text.</param>
    /// <returns>The parts, in order.</returns>
    public static IEnumerable<YamlPart> Divide(string text)
    {
        var (start, linesBefore, line) = (0, 0, 0);
        var prologue = true; // comments and directives stand before the marker of their document, and belong to it
        for (int at = 0, next; at < text.Length; at = next, line++)
        {
            var kind = KindAt(text, at, out next);
            if (kind == LineKind.End || (kind == LineKind.Start && !prologue))
            {
                var cut = kind == LineKind.End ? next : at;
                yield return new(text[start..cut], linesBefore);
                (start, linesBefore) = (cut, kind == LineKind.End ? line + 1 : line);
            }

            prologue = kind == LineKind.End || (prologue && kind == LineKind.Prologue);
        }

        yield return new(text[start..], linesBefore);
    }

    private static LineKind KindAt(string text, int at, out int next)
    {
        var rest = text.AsSpan(at);
        var length = rest.IndexOfAny('\n', '\r');
        var line = length < 0 ? rest : rest[..length];
        next = at + line.Length + (length < 0 ? 0 : rest[length..].StartsWith("\r\n") ? 2 : 1);
        return IsMarker(line, "---") ? LineKind.Start
            : IsMarker(line, "...") ? LineKind.End
            : line.IsWhiteSpace() || line[0] is '#' or '%' ? LineKind.Prologue
            : LineKind.Content;
    }

    private static bool IsMarker(ReadOnlySpan<char> line, string marker) =>
        line.StartsWith(marker) && (line.Length == marker.Length || line[marker.Length] is ' ' or '\t');

    private static TextFault TooLong(YamlLimits limits) => new(
        1, 1, YamlCodes.TooLong, $"the text has more than {limits.MaxLength} characters");

    private static TextFault InvalidUtf8(ReadOnlySpan<byte> utf8)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(utf8[at..], out _, out var length) == OperationStatus.Done)
        {
            at += length;
        }

        return Place(Encoding.UTF8.GetString(utf8[..at]), YamlCodes.Encoding, "the text is not UTF-8");
    }

    private static int IndexOfLoneSurrogate(ReadOnlySpan<char> text)
    {
        for (var at = 0; ;)
        {
            var next = text[at..].IndexOfAnyInRange('\ud800', '\udfff');
            if (next < 0)
            {
                return -1;
            }

            at += next;
            if (at + 1 == text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
            {
                return at;
            }

            at += 2;
        }
    }

    private static TextFault Place(ReadOnlySpan<char> before, string code, string message)
    {
        var lineStart = before.LastIndexOfAny('\n', '\r') + 1;
        var breaks = before.Count('\n') + before.Count('\r') - before.Count("\r\n");
        return new(breaks + 1, before.Length - lineStart + 1, code, message);
    }

    private enum LineKind
    {
        Content,
        Start,
        End,
        Prologue,
    }
}

/// <summary>A part of a text.</summary>
/// <param name="Text">The part.</param>
/// <param name="LinesBefore">Number of lines before it.</param>
internal readonly record struct YamlPart(string Text, int LinesBefore);

/// <summary>Why a text, or the rest of it, cannot be read.</summary>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 1.</param>
/// <param name="Code">Code of the finding.</param>
/// <param name="Message">What is wrong.</param>
internal sealed record TextFault(int Line, int Column, string Code, string Message)
{
    /// <summary>Makes a finding of it.</summary>
    /// <param name="source">Name of the source.</param>
    /// <returns>The finding.</returns>
    public Finding ToFinding(string source) =>
        new(Severity.Error, Code, null, "", Message) { Location = new(source, Line, Column) };
}
