using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Cryptography;

namespace MeshCA.Authorities.Supplied;

/// <summary>An intermediate that a root elsewhere signed for a key that is kept here.</summary>
internal static class SuppliedIntermediate
{
    /// <summary>Checks what came back.</summary>
    /// <param name="pem">One certificate; untrusted.</param>
    /// <param name="roots">The published roots.</param>
    /// <param name="now">The time at which it must be valid.</param>
    /// <param name="record">The authority, or null.</param>
    /// <param name="fault">The first fault, or null.</param>
    public static bool TryParse(
        string pem,
        IEnumerable<AuthorityRecord> roots,
        DateTimeOffset now,
        [NotNullWhen(true)] out AuthorityRecord? record,
        [NotNullWhen(false)] out string? fault)
    {
        record = null;
        try
        {
            fault = SuppliedCertificates.ReadOne("intermediate", pem, out var der) ?? Judge(der, [.. roots], now, out record);
        }
        catch (CryptographicException)
        {
            fault = "the intermediate cannot be decoded";
        }

        return record is not null;
    }

    /// <summary>Joins it with the request's key.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? CheckKey(AuthorityRecord record, Pkcs8PrivateKey privateKey)
    {
        if (!SigningKey.TryImportPkcs8(privateKey.Der, out var key))
        {
            return "the key of the request cannot be read";
        }

        if (SigningAuthority.TryCreate(record.Certificate.Span, key, out var authority, out var fault))
        {
            authority.Dispose();
            return null;
        }

        key.Dispose();
        return fault == AuthorityFault.KeyMismatch
            ? "the intermediate is not for the key of the request that waits"
            : $"the intermediate cannot sign: {fault}";
    }

    private static string? Judge(ReadOnlyMemory<byte> der, List<AuthorityRecord> roots, DateTimeOffset now, out AuthorityRecord? record)
    {
        record = null;
        using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
        if (SuppliedCertificates.CheckAuthority("intermediate", certificate, now, minPathLength: 0) is { } fault)
        {
            return fault;
        }

        // Chains leave out what looks self-signed, so no client would be sent it.
        if (SelfSigned.Is(der))
        {
            return "the intermediate has its root's subject: it would look self-signed, so give it another name";
        }

        var root = roots.Find(candidate => SuppliedCertificates.SignedBy(der, candidate.Certificate));
        if (root is null)
        {
            return "the intermediate is signed by no root of the trust bundle";
        }

        using var signer = X509CertificateLoader.LoadCertificate(root.Certificate.Span);
        if (certificate.NotAfter > signer.NotAfter)
        {
            return $"the intermediate ends at {certificate.NotAfter.ToUniversalTime():u}, after its root";
        }

        record = new AuthorityRecord
        {
            Id = SuppliedCertificates.IdOf(der),
            Kind = AuthorityKind.Intermediate,
            State = AuthorityState.Prepared,
            Issuer = root.Id,
            Certificate = der,
            CreatedAt = now,
        };
        return null;
    }
}
