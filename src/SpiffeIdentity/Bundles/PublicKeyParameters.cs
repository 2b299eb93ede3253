using System.Diagnostics.CodeAnalysis;
using SpiffeIdentity.Der;

namespace SpiffeIdentity.Bundles;

/// <summary>A public key as JWK members, RFC 7518 §6.2 and §6.3.</summary>
/// <param name="KeyType"><c>EC</c> or <c>RSA</c>.</param>
/// <param name="Members">Member names and values in the order in which they are written; numbers in base64url.</param>
internal sealed record PublicKeyParameters(string KeyType, IReadOnlyList<KeyValuePair<string, string>> Members)
{
    private const byte UncompressedPoint = 0x04; // SEC 1 §2.3.3

    /// <summary>Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7); untrusted.</summary>
    /// <returns>False for a malformed key, and for any but RSA, P-256, P-384 and P-521.</returns>
    public static bool TryRead(ReadOnlySpan<byte> publicKeyInfo, [NotNullWhen(true)] out PublicKeyParameters? key)
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

    private static PublicKeyParameters? TryReadRsa(ReadOnlySpan<byte> bits)
    {
        var outer = new DerReader(bits);
        return outer.TryReadSequence(out var numbers) && outer.IsAtEnd
            && numbers.TryReadUnsigned(out var modulus)
            && numbers.TryReadUnsigned(out var exponent)
            && numbers.IsAtEnd
                ? new PublicKeyParameters("RSA", [Member("n", modulus), Member("e", exponent)])
                : null;
    }

    private static PublicKeyParameters? TryReadEc(ReadOnlySpan<byte> curve, ReadOnlySpan<byte> point)
    {
        var (name, size) = curve switch
        {
            _ when curve.SequenceEqual(Oids.Secp256r1) => ("P-256", 32),
            _ when curve.SequenceEqual(Oids.Secp384r1) => ("P-384", 48),
            _ when curve.SequenceEqual(Oids.Secp521r1) => ("P-521", 66),
            _ => ("", 0),
        };

        // RFC 7518 §6.2.1.2: coordinates keep their leading zeros.
        return size > 0 && point.Length == 1 + (2 * size) && point[0] == UncompressedPoint
            ? new PublicKeyParameters("EC", [new("crv", name), Member("x", point.Slice(1, size)), Member("y", point[(1 + size)..])])
            : null;
    }

    private static KeyValuePair<string, string> Member(string name, ReadOnlySpan<byte> number) =>
        new(name, System.Buffers.Text.Base64Url.EncodeToString(number));
}
