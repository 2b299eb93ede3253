using System.Diagnostics.CodeAnalysis;

namespace Grpc.Wire;

/// <summary>The coding of <c>-bin</c> values: base64, sent without padding, accepted with or without.</summary>
internal static class BinaryHeader
{
    private const int StackLimit = 512;

    public static string Encode(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    /// <summary>Reads one value.</summary>
    /// <param name="text">The value, without commas; untrusted.</param>
    /// <param name="bytes">The bytes.</param>
    /// <returns>False if it is not base64.</returns>
    public static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        var digits = text.Trim(' ');
        digits = digits.Length % 4 == 0 ? TrimPadding(digits) : digits;
        var padded = (digits.Length + 3) / 4 * 4;
        Span<char> buffer = padded <= StackLimit ? stackalloc char[padded] : new char[padded];
        digits.CopyTo(buffer);
        buffer[digits.Length..].Fill('=');

        var decoded = new byte[padded / 4 * 3];
        if (digits.ContainsAny(" \t\r\n=") || !Convert.TryFromBase64Chars(buffer, decoded, out var length))
        {
            return false;
        }

        bytes = length == decoded.Length ? decoded : decoded[..length];
        return true;
    }

    private static ReadOnlySpan<char> TrimPadding(ReadOnlySpan<char> text) =>
        text.EndsWith("==") ? text[..^2] : text.EndsWith("=") ? text[..^1] : text;
}
