namespace MeshCA.Storage.Schema;

/// <summary>Makes texts such that reading them back gives what was hashed.</summary>
internal static class StoredText
{
    /// <summary>Longest text kept; token ids and addresses come from outside.</summary>
    public const int MaxLength = 4_096;

    /// <summary>Replaces what SQLite or UTF-8 would change (NUL, lone surrogates) and cuts what is too long.</summary>
    public static string Clean(string text, int maxLength = MaxLength)
    {
        var cut = text.Length > maxLength ? text[..maxLength] : text;
        return IsStable(cut) ? cut : string.Concat(cut.EnumerateRunes().Select(rune => rune.Value == 0 ? "\uFFFD" : rune.ToString()));
    }

    /// <summary>The same for a text that may be missing.</summary>
    public static string? CleanOrNull(string? text) => text is null ? null : Clean(text);

    private static bool IsStable(ReadOnlySpan<char> text) =>
        text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0 && !text.Contains('\0');
}
