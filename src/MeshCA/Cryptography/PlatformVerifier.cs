using System.Security.Cryptography;
using SpiffeIdentity.Der;

namespace MeshCA.Cryptography;

/// <summary>Verifies signatures through System.Security.Cryptography, importing the key each time.</summary>
internal static class PlatformVerifier
{
    public static SignatureCheck CheckEcdsa(SubjectPublicKey key, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        using var ecdsa = TryImportEc(key);
        if (ecdsa is null)
        {
            return SignatureCheck.InvalidKey;
        }

        return !signature.IsEmpty && ecdsa.VerifyHash(digest, signature, DSASignatureFormat.Rfc3279DerSequence)
            ? SignatureCheck.Valid
            : SignatureCheck.Invalid;
    }

    public static SignatureCheck CheckRsa(
        SubjectPublicKey key, HashAlgorithmName hash, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        using var rsa = TryImportRsa(key);
        if (rsa is null)
        {
            return SignatureCheck.InvalidKey;
        }

        // RFC 8017 §8.2.2 step 1: any other length is invalid, whatever the platform makes of it.
        return signature.Length == (key.KeySize + 7) / 8
            && rsa.VerifyHash(digest, signature, hash, RSASignaturePadding.Pkcs1)
                ? SignatureCheck.Valid
                : SignatureCheck.Invalid;
    }

    private static ECDsa? TryImportEc(SubjectPublicKey key)
    {
        var point = key.KeyBits.Span[1..];
        var parameters = new ECParameters
        {
            Curve = key.Algorithm == KeyAlgorithm.EcdsaP256 ? ECCurve.NamedCurves.nistP256 : ECCurve.NamedCurves.nistP384,
            Q = { X = point[..(point.Length / 2)].ToArray(), Y = point[(point.Length / 2)..].ToArray() },
        };
        try
        {
            return ECDsa.Create(parameters);
        }
        catch (CryptographicException)
        {
            return null; // not on the curve
        }
    }

    private static RSA? TryImportRsa(SubjectPublicKey key)
    {
        var outer = new DerReader(key.KeyBits.Span);
        if (!outer.TryReadSequence(out var numbers)
            || !numbers.TryReadUnsigned(out var modulus)
            || !numbers.TryReadUnsigned(out var exponent))
        {
            throw new System.Diagnostics.UnreachableException("a SubjectPublicKey is well-formed");
        }

        try
        {
            return RSA.Create(new RSAParameters { Modulus = modulus.ToArray(), Exponent = exponent.ToArray() });
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
