using System.Buffers;
using System.Text;

namespace Grpc.Wire;

/// <summary>The coding of <c>grpc-message</c>: UTF-8, with bytes outside space to tilde, and <c>%</c>, as <c>%XX</c>.</summary>
internal static class PercentCoding
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        " !\"#$&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <summary>Codes a text; an unpaired surrogate becomes U+FFFD.</summary>
    public static string Encode(string text)
    {
        if (!text.AsSpan().ContainsAnyExcept(Plain))
        {
            return text;
        }

        var coded = new StringBuilder(text.Length + 16);
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            _ = Plain.Contains((char)octet) ? coded.Append((char)octet) : coded.Append('%').Append(octet.ToString("X2", null));
        }

        return coded.ToString();
    }

    /// <summary>Reads a coded text; what is no valid escape stays as it is, since losing a message is worse.</summary>
    /// <param name="coded">What was received; untrusted.</param>
    public static string Decode(string coded)
    {
        if (!coded.Contains('%', StringComparison.Ordinal))
        {
            return coded;
        }

        var octets = new ArrayBufferWriter<byte>(coded.Length);
        for (var rest = coded.AsSpan(); !rest.IsEmpty;)
        {
            rest = rest[(rest[0] == '%' ? TakeEscape(rest, octets) : TakePlain(rest, octets))..];
        }

        return Encoding.UTF8.GetString(octets.WrittenSpan);
    }

    private static int TakeEscape(ReadOnlySpan<char> text, ArrayBufferWriter<byte> octets)
    {
        Span<byte> octet = stackalloc byte[1];
        var valid = text.Length >= 3
            && Convert.FromHexString(text.Slice(1, 2), octet, out _, out _) == OperationStatus.Done;
        octets.Write(valid ? octet : "%"u8);
        return valid ? 3 : 1;
    }

    private static int TakePlain(ReadOnlySpan<char> text, ArrayBufferWriter<byte> octets)
    {
        var escape = text.IndexOf('%');
        var plain = escape < 0 ? text : text[..escape];
        _ = Encoding.UTF8.GetBytes(plain, octets);
        return plain.Length;
    }
}
