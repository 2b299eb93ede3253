using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace MeshCA.Authentication;

/// <summary>Strict base64url, RFC 7515 §2: no padding, no white space, no unused bits set; one text per value.</summary>
internal static class Base64UrlText
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static readonly SearchValues<char> Letters = SearchValues.Create(Alphabet);

    /// <summary>Whether a text is canonical.</summary>
    public static bool IsCanonical(ReadOnlySpan<char> text)
    {
        if (text.ContainsAnyExcept(Letters))
        {
            return false;
        }

        // The last letter of an incomplete group carries bits that belong to no octet.
        var unused = (text.Length % 4) switch { 0 => 0, 2 => 0b1111, 3 => 0b11, _ => -1 };
        return unused >= 0 && (unused == 0 || (Alphabet.IndexOf(text[^1], StringComparison.Ordinal) & unused) == 0);
    }

    /// <summary>Decodes a text.</summary>
    /// <param name="text">The text; untrusted, its length already bounded.</param>
    /// <param name="bytes">The value, or null.</param>
    /// <returns>Whether the text is canonical.</returns>
    public static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = IsCanonical(text) ? Base64Url.DecodeFromChars(text) : null;
        return bytes is not null;
    }
}
