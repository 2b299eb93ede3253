using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using SpiffeIdentity.Der;

namespace SpiffeIdentity.Keys;

/// <summary>The numbers of a public key, in any of the encodings it travels in. Immutable; their form is checked, and that they are
/// a key only where a signature is verified.</summary>
internal sealed class PublicKeyFields
{
    private const byte UncompressedPoint = 0x04; // SEC 1 §2.3.3

    private PublicKeyFields(KeyFamily family, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        Family = family;
        First = first.ToArray();
        Second = second.ToArray();
    }

    /// <summary>Which kind of key.</summary>
    public KeyFamily Family { get; }

    /// <summary>The modulus of RSA without leading zeros, or x of a point in the curve's full length; big-endian.</summary>
    public byte[] First { get; }

    /// <summary>The exponent of RSA without leading zeros, or y of a point in the curve's full length; big-endian.</summary>
    public byte[] Second { get; }

    /// <summary>Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).</summary>
    /// <param name="publicKeyInfo">DER; untrusted.</param>
    /// <param name="key">The key, or null.</param>
    /// <returns>False for a malformed key, and for any but RSA, P-256, P-384 and P-521.</returns>
    public static bool TryRead(ReadOnlySpan<byte> publicKeyInfo, [NotNullWhen(true)] out PublicKeyFields? key)
    {
        key = null;
        var outer = new DerReader(publicKeyInfo);
        if (!outer.TryReadSequence(out var info) || !outer.IsAtEnd
            || !info.TryReadSequence(out var algorithm) || !algorithm.TryReadOid(out var algorithmOid)
            || !info.TryReadBits(out var bits) || !info.IsAtEnd)
        {
            return false;
        }

        if (algorithmOid.SequenceEqual(Oids.RsaEncryption))
        {
            key = TryReadRsa(bits);
        }
        else if (algorithmOid.SequenceEqual(Oids.EcPublicKey) && algorithm.TryReadOid(out var curve))
        {
            key = TryReadEc(curve, bits);
        }

        return key is not null;
    }

    /// <summary>Takes the numbers of an RSA key.</summary>
    /// <param name="modulus">Big-endian; untrusted.</param>
    /// <param name="exponent">Big-endian; untrusted.</param>
    /// <returns>Null where one of them is zero or begins with a zero octet (RFC 7518 §2, Base64urlUInt).</returns>
    public static PublicKeyFields? OfRsa(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent) =>
        modulus is [> 0, ..] && exponent is [> 0, ..] ? new PublicKeyFields(KeyFamily.Rsa, modulus, exponent) : null;

    /// <summary>Takes a point.</summary>
    /// <param name="family">Its curve.</param>
    /// <param name="x">Big-endian; untrusted.</param>
    /// <param name="y">Big-endian; untrusted.</param>
    /// <returns>Null where a coordinate has not the curve's full length (RFC 7518 §6.2.1.2).</returns>
    public static PublicKeyFields? OfPoint(KeyFamily family, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) =>
        x.Length == SizeOf(family) && y.Length == SizeOf(family) ? new PublicKeyFields(family, x, y) : null;

    /// <summary>Octets of one coordinate.</summary>
    /// <param name="family">A curve.</param>
    /// <returns>32, 48 or 66.</returns>
    public static int SizeOf(KeyFamily family) => family switch
    {
        KeyFamily.P256 => 32,
        KeyFamily.P384 => 48,
        KeyFamily.P521 => 66,
        _ => throw new ArgumentOutOfRangeException(nameof(family)),
    };

    /// <summary>Writes the key as a SubjectPublicKeyInfo, in the one form that RFC 3279 §2.3 and RFC 5480 §2 give it.</summary>
    /// <returns>DER that <see cref="TryRead"/> reads back.</returns>
    public byte[] Encode()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteEncodedValue((Family == KeyFamily.Rsa ? Oids.RsaEncryption : Oids.EcPublicKey).ToOid());
                if (Family == KeyFamily.Rsa)
                {
                    writer.WriteNull();
                }
                else
                {
                    writer.WriteEncodedValue(CurveOf(Family).ToOid());
                }
            }

            writer.WriteBitString(Family == KeyFamily.Rsa ? EncodeRsa() : [UncompressedPoint, .. First, .. Second]);
        }

        return writer.Encode();
    }

    private static ReadOnlySpan<byte> CurveOf(KeyFamily family) => family switch
    {
        KeyFamily.P256 => Oids.Secp256r1,
        KeyFamily.P384 => Oids.Secp384r1,
        _ => Oids.Secp521r1,
    };

    private static PublicKeyFields? TryReadRsa(ReadOnlySpan<byte> bits)
    {
        var outer = new DerReader(bits);
        return outer.TryReadSequence(out var numbers) && outer.IsAtEnd
            && numbers.TryReadUnsigned(out var modulus)
            && numbers.TryReadUnsigned(out var exponent)
            && numbers.IsAtEnd
                ? OfRsa(modulus, exponent)
                : null;
    }

    private static PublicKeyFields? TryReadEc(ReadOnlySpan<byte> curve, ReadOnlySpan<byte> point)
    {
        foreach (var family in (ReadOnlySpan<KeyFamily>)[KeyFamily.P256, KeyFamily.P384, KeyFamily.P521])
        {
            if (curve.SequenceEqual(CurveOf(family)))
            {
                var size = SizeOf(family);
                return point.Length == 1 + (2 * size) && point[0] == UncompressedPoint
                    ? OfPoint(family, point.Slice(1, size), point[(1 + size)..])
                    : null;
            }
        }

        return null;
    }

    private byte[] EncodeRsa()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(First);
            writer.WriteIntegerUnsigned(Second);
        }

        return writer.Encode();
    }
}
