using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Numerics;
using MeshCA.Cryptography;
using SpiffeIdentity.Der;

namespace MeshCA.Csr;

/// <summary>Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) and holds it against the policy.</summary>
internal static class PublicKeyReader
{
    private const int MinRsaExponent = 65537; // CA/Browser Forum BR §6.1.6: 2^16 + 1 or more
    private const int MaxRsaExponentLength = 4; // the cost of a verification grows with it, and no tool makes longer ones
    private const byte UncompressedPoint = 0x04; // SEC 1 §2.3.3

    /// <summary>Reads a key.</summary>
    /// <param name="info">Content of the SubjectPublicKeyInfo; untrusted.</param>
    /// <param name="policy">The keys allowed.</param>
    /// <param name="key">The key, or null.</param>
    /// <param name="error">The rule that was broken; whether an EC point is on its curve, the signature check tells.</param>
    public static bool TryRead(
        DerReader info, KeyPolicy policy, [NotNullWhen(true)] out SubjectPublicKey? key, out CsrError error)
    {
        key = null;
        if (!info.TryReadSequence(out var algorithm) || !algorithm.TryReadOid(out var oid)
            || !info.TryReadBits(out var bits) || !info.IsAtEnd)
        {
            error = CsrError.MalformedPublicKey;
            return false;
        }

        error = oid switch
        {
            _ when oid.SequenceEqual(DerOids.EcPublicKey) => ReadEc(ref algorithm, bits, policy, out key),
            _ when oid.SequenceEqual(DerOids.Rsa) => ReadRsa(ref algorithm, bits, policy, out key),
            _ when oid.SequenceEqual(DerOids.RsaPss) => CsrError.RsaPssKey,
            _ when oid.SequenceEqual(DerOids.Ed25519) => CsrError.Ed25519Key,
            _ => CsrError.UnsupportedKey,
        };
        return key is not null;
    }

    private static CsrError ReadEc(
        ref DerReader parameters, ReadOnlySpan<byte> point, KeyPolicy policy, out SubjectPublicKey? key)
    {
        key = null;

        // RFC 5480 §2.1.1 MUST be a named curve: a curve that the key describes itself (CVE-2020-0601) is none.
        var error = parameters.TryReadOid(out var curve) && parameters.IsAtEnd
            ? FindCurve(curve, out var algorithm)
            : FindCurve([], out algorithm);
        if (error != CsrError.None)
        {
            return error;
        }

        if (!policy.Allows(algorithm))
        {
            return CsrError.KeyNotAllowed;
        }

        return point is [UncompressedPoint, ..] && SubjectPublicKey.TryCreateEc(algorithm, point, out key)
            ? CsrError.None
            : CsrError.MalformedPoint;
    }

    private static CsrError FindCurve(ReadOnlySpan<byte> curve, out KeyAlgorithm algorithm)
    {
        algorithm = curve.SequenceEqual(DerOids.P384) ? KeyAlgorithm.EcdsaP384 : KeyAlgorithm.EcdsaP256;
        return curve switch
        {
            _ when curve.SequenceEqual(DerOids.P256) || curve.SequenceEqual(DerOids.P384) => CsrError.None,
            _ when curve.SequenceEqual(DerOids.Secp256k1) => CsrError.Secp256k1Key,
            _ when curve.SequenceEqual(DerOids.P224) => CsrError.P224Key,
            _ when curve.SequenceEqual(DerOids.P521) => CsrError.P521Key,
            _ => CsrError.UnsupportedCurve,
        };
    }

    private static CsrError ReadRsa(
        ref DerReader parameters, ReadOnlySpan<byte> bits, KeyPolicy policy, out SubjectPublicKey? key)
    {
        key = null;
        var outer = new DerReader(bits);

        // RFC 3279 §2.3.1: the parameters MUST be NULL.
        if (!parameters.TryRead(Asn1Tag.Null, out var nothing) || !nothing.IsEmpty || !parameters.IsAtEnd
            || !outer.TryReadSequence(out var numbers) || !outer.IsAtEnd
            || !numbers.TryReadUnsigned(out var modulus) || !numbers.TryReadUnsigned(out var exponent)
            || !numbers.IsAtEnd)
        {
            return CsrError.MalformedPublicKey;
        }

        var error = CheckRsa(modulus, exponent, policy);
        return error == CsrError.None && !SubjectPublicKey.TryCreateRsa(modulus, exponent, out key)
            ? CsrError.MalformedPublicKey
            : error;
    }

    private static CsrError CheckRsa(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent, KeyPolicy policy)
    {
        var bits = (modulus.Length * 8) - (BitOperations.LeadingZeroCount(modulus[0]) - 24);
        return modulus switch
        {
            _ when !policy.Allows(KeyAlgorithm.Rsa) => CsrError.KeyNotAllowed,
            _ when bits < policy.MinRsaBits => CsrError.RsaKeyTooShort,
            _ when bits > policy.MaxRsaBits => CsrError.RsaKeyTooLong,
            _ when (modulus[^1] & 1) == 0 => CsrError.BadRsaModulus,
            _ when !IsGoodExponent(exponent) => CsrError.BadRsaExponent,
            _ => CsrError.None,
        };
    }

    private static bool IsGoodExponent(ReadOnlySpan<byte> exponent)
    {
        if (exponent.Length > MaxRsaExponentLength)
        {
            return false;
        }

        var value = 0L;
        foreach (var digit in exponent)
        {
            value = (value << 8) | digit;
        }

        return value >= MinRsaExponent && (value & 1) == 1;
    }
}
