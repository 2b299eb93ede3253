using System.Buffers;
using System.Globalization;
using System.Net;

namespace AuthzEngine.Requests;

/// <summary>An IPv4 or IPv6 address as Go's netip reads one; <c>default</c> is the absent address, which nothing contains.</summary>
/// <remarks>IPv4-mapped IPv6 text stays IPv6, authorization-policy §3.1: Envoy compares families first.</remarks>
public readonly record struct IpAddress
{
    private const int MaxLength = 45;

    private static readonly SearchValues<char> SixAlphabet = SearchValues.Create("0123456789abcdefABCDEF:.");

    private IpAddress(byte bits, UInt128 value) => (Bits, Value) = (bits, value);

    /// <summary>Number of bits: 32, 128, or 0 for the absent address.</summary>
    public byte Bits { get; }

    /// <summary>The address as a number, in the low <see cref="Bits"/> bits.</summary>
    public UInt128 Value { get; }

    /// <summary>The number of the highest address of the family.</summary>
    internal UInt128 Highest => Bits == 128 ? UInt128.MaxValue : (UInt128.One << Bits) - 1;

    /// <summary>Whether there is an address.</summary>
    public bool IsPresent => Bits != 0;

    /// <summary>Reads an address, without zone, port or brackets.</summary>
    /// <param name="text">The text; untrusted.</param>
    /// <param name="address">The address, or the absent one.</param>
    /// <returns>Whether the text is an address.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out IpAddress address)
    {
        address = default;
        if (text.Length is 0 or > MaxLength)
        {
            return false;
        }

        return text.Contains(':') ? TryParseSix(text, out address) : TryParseFour(text, out address);
    }

    /// <summary>Reads an address from a literal or a test.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The address.</returns>
    /// <exception cref="FormatException">The text is no address.</exception>
    public static IpAddress Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException($"`{text}` is not an IP address");

    /// <summary>Takes the address of a socket; what came in over IPv4 is IPv4, also on a dual-stack socket.</summary>
    /// <param name="address">A socket's address.</param>
    /// <returns>The address.</returns>
    public static IpAddress FromSocket(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        Span<byte> bytes = stackalloc byte[16];
        _ = plain.TryWriteBytes(bytes, out var count);
        return FromBytes(bytes[..count]);
    }

    /// <summary>Prints the address; the absent one prints as nothing.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        if (!IsPresent)
        {
            return "";
        }

        Span<byte> bytes = stackalloc byte[Bits / 8];
        var rest = Value;
        for (var i = bytes.Length - 1; i >= 0; i--, rest >>= 8)
        {
            bytes[i] = (byte)(rest & 0xff);
        }

        return new IPAddress(bytes).ToString();
    }

    /// <summary>Another address of the same family.</summary>
    internal IpAddress With(UInt128 value) => new(Bits, value);

    private static IpAddress FromBytes(ReadOnlySpan<byte> bytes)
    {
        UInt128 value = 0;
        foreach (var octet in bytes)
        {
            value = (value << 8) | octet;
        }

        return new((byte)(bytes.Length * 8), value);
    }

    private static bool TryParseFour(ReadOnlySpan<char> text, out IpAddress address)
    {
        address = default;
        UInt128 value = 0;
        var octets = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (++octets > 4 || part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0')
                || part.ContainsAnyExceptInRange('0', '9') // TryParse ignores NUL at the end
                || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var octet))
            {
                return false;
            }

            value = (value << 8) | octet;
        }

        address = octets == 4 ? new(32, value) : default;
        return octets == 4;
    }

    private static bool TryParseSix(ReadOnlySpan<char> text, out IpAddress address)
    {
        address = default;
        var dotted = text[(text.LastIndexOf(':') + 1)..];
        if (text.ContainsAnyExcept(SixAlphabet)
            || (dotted.Contains('.') && !TryParseFour(dotted, out _))
            || !IPAddress.TryParse(text, out var parsed))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        _ = parsed.TryWriteBytes(bytes, out _); // with a colon in it, it can only be IPv6
        address = FromBytes(bytes);
        return true;
    }
}
