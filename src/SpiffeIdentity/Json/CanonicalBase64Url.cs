using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace SpiffeIdentity.Json;

/// <summary>Base64url as RFC 7515 §2 has it: no padding, no white space, and one text for each value.</summary>
internal static class CanonicalBase64Url
{
    /// <summary>Decodes a text.</summary>
    /// <param name="text">The text; untrusted, its length already bounded.</param>
    /// <param name="bytes">The value, or null.</param>
    /// <returns>Whether the text is the one that encoding the value gives.</returns>
    public static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text.Length % 4 == 1 || !Base64Url.IsValid(text, out var length))
        {
            return false;
        }

        // Two texts for one value would be two tokens for whoever compares texts.
        var decoded = new byte[length];
        if (Base64Url.TryDecodeFromChars(text, decoded, out var written) && written == length
            && Base64Url.EncodeToString(decoded).AsSpan().SequenceEqual(text))
        {
            bytes = decoded;
        }

        return bytes is not null;
    }
}
