using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace MeshCA.Issuance;

/// <summary>A certificate's serial number, RFC 5280 §4.1.2.2: positive, at most 16 octets, as drawn by this CA.</summary>
/// <remarks><c>default</c> is zero, which no certificate has; nothing is ever found under it.</remarks>
internal readonly record struct SerialNumber(UInt128 Value) : IComparable<SerialNumber>
{
    /// <summary>Length of the big-endian form.</summary>
    public const int Size = 16;

    /// <summary>Draws a serial of 127 random bits, so that its DER never takes more than 16 octets.</summary>
    public static SerialNumber Draw()
    {
        Span<byte> bytes = stackalloc byte[Size];
        while (true)
        {
            RandomNumberGenerator.Fill(bytes);
            bytes[0] &= 0x7F;
            var value = BinaryPrimitives.ReadUInt128BigEndian(bytes);

            // RFC 5280 §4.1.2.2 MUST be positive; with 127 bits this loop does not turn in practice.
            if (value != UInt128.Zero)
            {
                return new SerialNumber(value);
            }
        }
    }

    /// <summary>Reads the big-endian form, with or without leading zeros.</summary>
    /// <param name="bytes">At most 16 significant bytes; untrusted.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SerialNumber serial)
    {
        serial = default;
        var digits = bytes.TrimStart((byte)0);
        if (digits.Length is 0 or > Size)
        {
            return false;
        }

        Span<byte> padded = stackalloc byte[Size];
        padded.Clear();
        digits.CopyTo(padded[(Size - digits.Length)..]);
        serial = new SerialNumber(BinaryPrimitives.ReadUInt128BigEndian(padded));
        return true;
    }

    /// <summary>Reads hexadecimal digits, as <see cref="ToString"/> prints them; colons are allowed, as OpenSSL prints them.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out SerialNumber serial)
    {
        serial = default;
        var digits = text?.Replace(":", "", StringComparison.Ordinal);
        return digits is { Length: > 0 and <= 34 }
            && UInt128.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            && value != UInt128.Zero
            && (serial = new SerialNumber(value)) != default;
    }

    /// <summary>Writes the 16 big-endian octets.</summary>
    public byte[] ToByteArray()
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return bytes;
    }

    /// <inheritdoc />
    public int CompareTo(SerialNumber other) => Value.CompareTo(other.Value);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}
