using System.Security.Cryptography.X509Certificates;
using MeshCA.Cryptography;

namespace MeshCA.Authorities;

/// <summary>Reads stored authorities.</summary>
internal static class StoredAuthorities
{
    /// <summary>What the planner needs to know of a stored authority.</summary>
    public static AuthorityLife Of(AuthorityRecord record)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(record.Certificate.Span);
        return new AuthorityLife(
            record.Id,
            record.Kind,
            record.State,
            record.Issuer,
            record.CreatedAt,
            new DateTimeOffset(certificate.NotAfter.ToUniversalTime()));
    }

    /// <summary>Makes a stored authority able to sign.</summary>
    /// <exception cref="KeySealException">The stored key is none, or not the certificate's.</exception>
    public static SigningAuthority Open(AuthorityRecord record)
    {
        if (!SigningKey.TryImportPkcs8(record.PrivateKey.Span, out var key))
        {
            throw new KeySealException($"the stored key of authority `{record.Id}` cannot be read");
        }

        return SigningAuthority.TryCreate(record.Certificate.Span, key, out var authority, out var fault)
            ? authority
            : throw new KeySealException($"the stored authority `{record.Id}` cannot sign: {fault}");
    }
}
