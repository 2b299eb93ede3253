using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SpiffeIdentity.Der;

namespace SpiffeIdentity.WorkloadApi.Messages;

/// <summary>Private keys as the Workload API has them: PKCS#8 in DER, not encrypted (RFC 5208 §5).</summary>
internal static class PrivateKeys
{
    private static readonly byte[] EcPublicKey = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
    private static readonly byte[] RsaEncryption = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];

    /// <summary>Joins a certificate with its key.</summary>
    /// <param name="leaf">The certificate.</param>
    /// <param name="pkcs8">The key; untrusted.</param>
    /// <param name="certificate">The certificate with the key, or null.</param>
    /// <param name="error">The rule that was broken.</param>
    /// <returns>Whether the key is one that .NET signs with and belongs to the certificate.</returns>
    public static bool TryJoin(
        X509Certificate2 leaf, ReadOnlySpan<byte> pkcs8, [NotNullWhen(true)] out X509Certificate2? certificate, out PrivateKeyError error)
    {
        certificate = null;
        error = PrivateKeyError.Malformed;
        if (!TryReadAlgorithm(pkcs8, out var algorithm))
        {
            return false;
        }

        try
        {
            if (algorithm.SequenceEqual(EcPublicKey))
            {
                using var key = ECDsa.Create();
                key.ImportPkcs8PrivateKey(pkcs8, out _);
                certificate = IsKeyOf(leaf, key) ? leaf.CopyWithPrivateKey(key) : null;
            }
            else if (algorithm.SequenceEqual(RsaEncryption))
            {
                using var key = RSA.Create();
                key.ImportPkcs8PrivateKey(pkcs8, out _);
                certificate = IsKeyOf(leaf, key) ? leaf.CopyWithPrivateKey(key) : null;
            }
            else
            {
                error = PrivateKeyError.UnsupportedAlgorithm;
                return false;
            }
        }
        catch (PlatformNotSupportedException)
        {
            error = PrivateKeyError.UnsupportedAlgorithm; // a curve that OpenSSL does not have
            return false;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return false; // ArgumentException: a certificate with a key of the other algorithm
        }

        error = certificate is null ? PrivateKeyError.OtherKey : PrivateKeyError.None;
        return certificate is not null;
    }

    private static bool IsKeyOf(X509Certificate2 leaf, AsymmetricAlgorithm key) =>
        leaf.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo());

    private static bool TryReadAlgorithm(ReadOnlySpan<byte> pkcs8, out ReadOnlySpan<byte> algorithm)
    {
        algorithm = [];
        var outer = new DerReader(pkcs8);
        return outer.TryReadSequence(out var info)
            && outer.IsAtEnd
            && info.TryRead(Asn1Tag.Integer, out _)
            && info.TryReadSequence(out var identifier)
            && identifier.TryReadOid(out algorithm);
    }
}

/// <summary>The rule that a private key breaks.</summary>
internal enum PrivateKeyError
{
    None,
    Malformed,

    /// <summary>Neither EC nor RSA, or on a curve that is not known here: .NET cannot sign with it.</summary>
    UnsupportedAlgorithm,

    /// <summary>It is not the key of the certificate.</summary>
    OtherKey,
}
