using System.Security.Cryptography.X509Certificates;
using MeshCA.Cryptography;

namespace MeshCA.Authorities;

/// <summary>Reads stored authorities.</summary>
internal static class StoredAuthorities
{
    /// <summary>What the planner needs to know of the stored authorities; a request has no life yet, and JWT keys have a planner of their own.</summary>
    public static IReadOnlyList<AuthorityLife> Of(AuthoritySet set) =>
        [.. set.Authorities.Where(record => record.Kind is not (AuthorityKind.Request or AuthorityKind.JwtKey)).Select(Of)];

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
            new DateTimeOffset(certificate.NotAfter.ToUniversalTime()))
        {
            HasKey = record.HasKey,
            IsTainted = record.TaintedAt is not null,
        };
    }

    /// <summary>Makes a stored authority able to sign, until it is disposed of.</summary>
    /// <exception cref="Issuance.JournalUnavailableException">The store cannot be read.</exception>
    /// <exception cref="KeySealException">The store holds no key of it, one it cannot open, or not the certificate's.</exception>
    public static async Task<SigningAuthority> OpenAsync(
        IAuthorityStore store, AuthorityRecord record, CancellationToken cancellationToken)
    {
        using var privateKey = await store.OpenKeyAsync(record.Id, cancellationToken)
            ?? throw new KeySealException($"the store holds no key of authority `{record.Id}`");
        return Join(record, privateKey);
    }

    private static SigningAuthority Join(AuthorityRecord record, Pkcs8PrivateKey privateKey)
    {
        if (!SigningKey.TryImportPkcs8(privateKey.Der, out var key))
        {
            throw new KeySealException($"the stored key of authority `{record.Id}` cannot be read");
        }

        if (!SigningAuthority.TryCreate(record.Certificate.Span, key, out var authority, out var fault))
        {
            key.Dispose();
            throw new KeySealException($"the stored authority `{record.Id}` cannot sign: {fault}");
        }

        return authority;
    }
}
