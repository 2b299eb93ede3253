using System.Security.Cryptography;
using SpiffeIdentity.Der;

namespace MeshCA.Cryptography;

/// <summary>Verifies signatures under public keys from outside, of which each is used once.</summary>
/// <remarks>
/// Importing a key through OpenSSL 3's providers costs twice what the verification itself does, so EC keys go straight
/// to libcrypto where it is there. Both ways give the same verdicts. Pure, and safe for concurrent use.
/// </remarks>
internal static class PublicKeyVerifier
{
    /// <summary>Whether a signature is valid.</summary>
    /// <param name="key">The key; untrusted.</param>
    /// <param name="hash">SHA-256, SHA-384 or SHA-512.</param>
    /// <param name="data">What was signed; untrusted.</param>
    /// <param name="signature">For EC a DER <c>Ecdsa-Sig-Value</c> (RFC 3279 §2.2.3), for RSA PKCS#1 v1.5; untrusted.</param>
    public static bool Verify(
        SubjectPublicKey key, HashAlgorithmName hash, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        Check(key, hash, data, signature) == SignatureCheck.Valid;

    /// <summary>Checks a signature and, with it, that an EC key is a point on its curve.</summary>
    /// <inheritdoc cref="Verify" />
    public static SignatureCheck Check(
        SubjectPublicKey key, HashAlgorithmName hash, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        Span<byte> buffer = stackalloc byte[SHA512.HashSizeInBytes];
        var digest = Hash(hash, data, buffer);
        if (key.Algorithm == KeyAlgorithm.Rsa)
        {
            return PlatformVerifier.CheckRsa(key, hash, digest, signature);
        }

        // A malformed signature becomes an empty one, which no key accepts: the key's own fault still comes first.
        var wellFormed = IsCanonical(signature, key.KeySize / 8) ? signature : [];
        return LibCrypto.IsAvailable
            ? LibCrypto.CheckEcdsa(key, digest, wellFormed)
            : PlatformVerifier.CheckEcdsa(key, digest, wellFormed);
    }

    /// <summary>Whether an ECDSA signature is two positive numbers of at most the curve's length in strict DER.</summary>
    /// <remarks>Platforms differ in what they let pass here; a signature of several forms has several fingerprints.</remarks>
    internal static bool IsCanonical(ReadOnlySpan<byte> signature, int coordinateLength)
    {
        var outer = new DerReader(signature);
        return outer.TryReadSequence(out var numbers)
            && outer.IsAtEnd
            && numbers.TryReadUnsigned(out var r)
            && numbers.TryReadUnsigned(out var s)
            && numbers.IsAtEnd
            && r is not [0] && r.Length <= coordinateLength
            && s is not [0] && s.Length <= coordinateLength;
    }

    private static ReadOnlySpan<byte> Hash(HashAlgorithmName hash, ReadOnlySpan<byte> data, Span<byte> buffer)
    {
        var length = hash.Name switch
        {
            nameof(HashAlgorithmName.SHA256) => SHA256.HashData(data, buffer),
            nameof(HashAlgorithmName.SHA384) => SHA384.HashData(data, buffer),
            nameof(HashAlgorithmName.SHA512) => SHA512.HashData(data, buffer),
            _ => throw new ArgumentOutOfRangeException(nameof(hash)),
        };
        return buffer[..length];
    }
}
