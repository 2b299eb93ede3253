using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace SpiffeIdentity.Json;

/// <summary>Base64url as RFC 7515 §2 has it: no padding, no white space, and one text for each value.</summary>
internal static class CanonicalBase64Url
{
    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Decodes a text.</summary>
    /// <param name="text">The text; untrusted, its length already bounded.</param>
    /// <param name="bytes">The value, or null.</param>
    /// <returns>Whether the text is the one that encoding the value gives.</returns>
    public static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text.ContainsAnyExcept(Alphabet) || text.Length % 4 == 1)
        {
            return false;
        }

        // The other overloads throw on what is not base64url. Two texts for one value would be two tokens for whoever compares
        // texts: the unused bits of the last letter are zero, and the text comes back as it was.
        var decoded = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        var isRead = Base64Url.DecodeFromChars(text, decoded, out _, out var written) == OperationStatus.Done;
        bytes = isRead && Base64Url.EncodeToString(decoded.AsSpan(0, written)).AsSpan().SequenceEqual(text) ? decoded[..written] : null;
        return bytes is not null;
    }
}
