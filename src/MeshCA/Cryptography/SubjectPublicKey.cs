using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;

namespace MeshCA.Cryptography;

/// <summary>A public key of an algorithm and size this CA knows, in one canonical encoding.</summary>
/// <remarks>
/// Immutable. Form and length are checked here; that an EC point lies on its curve only the verification of a
/// signature shows, so a key from outside counts only together with a verified proof of possession.
/// </remarks>
internal sealed class SubjectPublicKey
{
    private const byte UncompressedPoint = 0x04; // SEC 1 §2.3.3

    private SubjectPublicKey(KeyAlgorithm algorithm, int keySize, byte[] keyBits)
    {
        Algorithm = algorithm;
        KeySize = keySize;
        KeyBits = keyBits;
        SubjectPublicKeyInfo = Encode(algorithm, keyBits);
        Fingerprint = Fingerprint.Of(SubjectPublicKeyInfo.Span);
    }

    /// <summary>The algorithm, with its curve.</summary>
    public KeyAlgorithm Algorithm { get; }

    /// <summary>Bits of the field or the modulus.</summary>
    public int KeySize { get; }

    /// <summary>Content of the BIT STRING: an uncompressed point, or an <c>RSAPublicKey</c> (RFC 8017 appendix A.1.1).</summary>
    public ReadOnlyMemory<byte> KeyBits { get; }

    /// <summary>The DER of the SubjectPublicKeyInfo, RFC 5280 §4.1.2.7.</summary>
    public ReadOnlyMemory<byte> SubjectPublicKeyInfo { get; }

    /// <summary>SHA-256 of <see cref="SubjectPublicKeyInfo"/>.</summary>
    public Fingerprint Fingerprint { get; }

    /// <summary>Takes an uncompressed EC point.</summary>
    /// <param name="algorithm">Which curve.</param>
    /// <param name="point">0x04, x, y; untrusted.</param>
    public static bool TryCreateEc(
        KeyAlgorithm algorithm, ReadOnlySpan<byte> point, [NotNullWhen(true)] out SubjectPublicKey? key)
    {
        var bits = algorithm switch
        {
            KeyAlgorithm.EcdsaP256 => 256,
            KeyAlgorithm.EcdsaP384 => 384,
            _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
        };
        key = point.Length == 1 + (2 * (bits / 8)) && point[0] == UncompressedPoint
            ? new SubjectPublicKey(algorithm, bits, point.ToArray())
            : null;
        return key is not null;
    }

    /// <summary>Takes an RSA key.</summary>
    /// <param name="modulus">Big-endian, unsigned, without leading zeros; untrusted.</param>
    /// <param name="exponent">Big-endian, unsigned, without leading zeros; untrusted.</param>
    /// <returns>False for an even or empty modulus or exponent, leading zeros, or a modulus over 16,384 bits.</returns>
    public static bool TryCreateRsa(
        ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent, [NotNullWhen(true)] out SubjectPublicKey? key)
    {
        key = null;
        if (modulus is [] or [0, ..] or { Length: > 2048 } || exponent is [] or [0, ..] or { Length: > 8 }
            || (modulus[^1] & 1) == 0 || (exponent[^1] & 1) == 0)
        {
            return false;
        }

        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(modulus);
            writer.WriteIntegerUnsigned(exponent);
        }

        var bits = (modulus.Length * 8) - System.Numerics.BitOperations.LeadingZeroCount(modulus[0]) + 24;
        key = new SubjectPublicKey(KeyAlgorithm.Rsa, bits, writer.Encode());
        return true;
    }

    /// <summary>Takes the public half of a key pair on a curve this CA knows.</summary>
    /// <exception cref="NotSupportedException">Another curve.</exception>
    public static SubjectPublicKey Of(ECDsa keyPair)
    {
        var parameters = keyPair.ExportParameters(includePrivateParameters: false);
        var algorithm = parameters.Curve.Oid.Value switch
        {
            Oids.Secp256r1 => KeyAlgorithm.EcdsaP256,
            Oids.Secp384r1 => KeyAlgorithm.EcdsaP384,
            var other => throw new NotSupportedException($"the curve `{other}` is not supported"),
        };
        return TryCreateEc(algorithm, [UncompressedPoint, .. parameters.Q.X!, .. parameters.Q.Y!], out var key)
            ? key
            : throw new NotSupportedException("the point has not the length of its curve");
    }

    /// <summary>Takes the public half of an RSA key pair.</summary>
    /// <exception cref="NotSupportedException">The key has a form no CA should use.</exception>
    public static SubjectPublicKey Of(RSA keyPair)
    {
        var parameters = keyPair.ExportParameters(includePrivateParameters: false);
        return TryCreateRsa(
            parameters.Modulus.AsSpan().TrimStart((byte)0), parameters.Exponent.AsSpan().TrimStart((byte)0), out var key)
            ? key
            : throw new NotSupportedException("the RSA key is malformed");
    }

    /// <summary>Writes the key identifier that RFC 7093 §2 method 1 derives: the leftmost 160 bits of the SHA-256 of the key bits.</summary>
    /// <remarks>For new certificates only: an existing one's identifier is read from it, never computed anew.</remarks>
    public byte[] DeriveKeyIdentifier() => SHA256.HashData(KeyBits.Span)[..20];

    private static byte[] Encode(KeyAlgorithm algorithm, byte[] keyBits)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER, keyBits.Length + 64);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                if (algorithm == KeyAlgorithm.Rsa)
                {
                    writer.WriteObjectIdentifier(Oids.RsaEncryption);
                    writer.WriteNull(); // RFC 3279 §2.3.1 MUST
                }
                else
                {
                    writer.WriteObjectIdentifier(Oids.EcPublicKey);
                    writer.WriteObjectIdentifier(
                        algorithm == KeyAlgorithm.EcdsaP256 ? Oids.Secp256r1 : Oids.Secp384r1);
                }
            }

            writer.WriteBitString(keyBits);
        }

        return writer.Encode();
    }
}
