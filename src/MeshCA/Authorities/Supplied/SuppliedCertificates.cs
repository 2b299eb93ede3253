using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Cryptography;
using SpiffeIdentity.Pem;

namespace MeshCA.Authorities.Supplied;

/// <summary>What is asked of every authority's certificate that was made elsewhere.</summary>
internal static class SuppliedCertificates
{
    private const int MinRsaKeySize = 2048;

    /// <summary>Reads a PEM of exactly one certificate.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? ReadOne(string role, string pem, out ReadOnlyMemory<byte> der)
    {
        der = default;
        if (!CertificatePem.TryRead(pem, SuppliedRoot.MaxPemLength, 1, out var found, out var error))
        {
            return $"the {role} is not one certificate in PEM: {error}";
        }

        der = found[0];
        return null;
    }

    /// <summary>The subject key identifier in hexadecimal; empty where there is none.</summary>
    public static string IdOf(ReadOnlyMemory<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
        return IdOf(certificate);
    }

    /// <summary>Whether a certificate names another as its issuer, and is signed with that one's key.</summary>
    /// <remarks>By hand: the platform's chain never checks the signature of what it is told to trust, so not that of a root.</remarks>
    public static bool SignedBy(ReadOnlyMemory<byte> der, ReadOnlyMemory<byte> issuer)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
        using var signer = X509CertificateLoader.LoadCertificate(issuer.Span);
        if (!certificate.IssuerName.RawData.AsSpan().SequenceEqual(signer.SubjectName.RawData)
            || KeyOf(signer) is not { } key
            || HashOf(certificate.SignatureAlgorithm.Value, key.Algorithm) is not { } hash)
        {
            return false;
        }

        var outer = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        var signed = outer.ReadEncodedValue();
        outer.ReadEncodedValue();
        return PublicKeyVerifier.Verify(key, hash, signed.Span, outer.ReadBitString(out _));
    }

    // SHA-1 and MD5 are no signatures any more, and a signature of another algorithm than the key's is none.
    private static HashAlgorithmName? HashOf(string? signatureAlgorithm, KeyAlgorithm key) => (signatureAlgorithm, key) switch
    {
        (Oids.EcdsaWithSha256, not KeyAlgorithm.Rsa) or (Oids.Sha256WithRsaEncryption, KeyAlgorithm.Rsa) => HashAlgorithmName.SHA256,
        (Oids.EcdsaWithSha384, not KeyAlgorithm.Rsa) or (Oids.Sha384WithRsaEncryption, KeyAlgorithm.Rsa) => HashAlgorithmName.SHA384,
        (Oids.EcdsaWithSha512, not KeyAlgorithm.Rsa) or (Oids.Sha512WithRsaEncryption, KeyAlgorithm.Rsa) => HashAlgorithmName.SHA512,
        _ => null,
    };

    /// <summary>Checks validity, constraints, usage, identifier and key (RFC 5280 §4.2.1).</summary>
    /// <param name="role">What messages call it.</param>
    /// <param name="certificate">The certificate.</param>
    /// <param name="now">The time at which it must be valid.</param>
    /// <param name="minPathLength">How many authorities must have room below it.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? CheckAuthority(string role, X509Certificate2 certificate, DateTimeOffset now, int minPathLength)
    {
        var constraints = certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault();
        var usage = certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault();
        return (constraints, usage) switch
        {
            _ when certificate.NotBefore.ToUniversalTime() > now || certificate.NotAfter.ToUniversalTime() <= now =>
                $"the {role} is valid from {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u}, not now",
            (not { CertificateAuthority: true }, _) => $"the {role} is no authority: cA is not true (RFC 5280 §4.2.1.9)",
            ({ HasPathLengthConstraint: true } limited, _) when limited.PathLengthConstraint < minPathLength =>
                $"the {role} allows a path of {limited.PathLengthConstraint} authorities below it, {minPathLength} are needed (RFC 5280 §4.2.1.9)",
            (_, { } bits) when !bits.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign) =>
                $"the {role} may not sign certificates: keyCertSign is not set (RFC 5280 §4.2.1.3)",
            _ when IdOf(certificate).Length == 0 => $"the {role} has no subject key identifier (RFC 5280 §4.2.1.2)",
            _ when certificate.SubjectName.RawData.Length <= 2 => $"the {role} has an empty subject (RFC 5280 §4.1.2.6)",
            _ => KeyOf(certificate) is { } key && (key.Algorithm != KeyAlgorithm.Rsa || key.KeySize >= MinRsaKeySize)
                ? null
                : $"the {role}'s key is none on P-256, P-384 or RSA of {MinRsaKeySize} bits",
        };
    }

    /// <summary>The certified key; null where it is of no kind this CA knows.</summary>
    public static SubjectPublicKey? KeyOf(X509Certificate2 certificate)
    {
        using var ec = certificate.GetECDsaPublicKey();
        using var rsa = certificate.GetRSAPublicKey();
        var isKnown = ec is { KeySize: 256 or 384 } || rsa is not null;
        return (isKnown, ec, rsa) switch
        {
            (true, { }, _) => SubjectPublicKey.Of(ec),
            (true, _, { }) => SubjectPublicKey.Of(rsa),
            _ => null,
        };
    }

    private static string IdOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } identifier
            ? Convert.ToHexStringLower(identifier.SubjectKeyIdentifierBytes.Span)
            : "";
}
