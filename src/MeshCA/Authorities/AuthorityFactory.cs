using System.Security.Cryptography;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Issuance.Lints;

namespace MeshCA.Authorities;

/// <summary>Makes new authorities: key, plan, lint, signature, and always a check of that signature.</summary>
internal static class AuthorityFactory
{
    /// <summary>Makes a self-signed root.</summary>
    public static NewAuthority CreateRoot(AuthoritySettings settings, DateTimeOffset now)
    {
        var key = settings.RootKey.Generate();
        var identifier = key.PublicKey.DeriveKeyIdentifier();
        var subject = DistinguishedName.OfAuthority(settings.TrustDomain, CertificateKind.Root, identifier);
        var start = ValidityPlanner.WholeSecond(now);
        var plan = new CertificatePlan
        {
            Profile = CertificateProfile.Root,
            Issuer = new IssuerName
            {
                Subject = subject,
                KeyIdentifier = identifier,
                SignatureAlgorithm = key.SignatureAlgorithm,
                NotAfter = start + settings.RootLifetime,
            },
            Serial = SerialNumber.Draw(),
            PublicKey = key.PublicKey,
            KeyIdentifier = identifier,
            Subject = subject,
            NotBefore = start - settings.Backdate,
            NotAfter = start + settings.RootLifetime,
        };
        return Finish(SigningAuthority.SelfSign(Lint(plan), key), key, key, AuthorityKind.Root, now);
    }

    /// <summary>Makes an intermediate under a root; it ends with the root at the latest.</summary>
    public static NewAuthority CreateIntermediate(SigningAuthority root, AuthoritySettings settings, DateTimeOffset now)
    {
        var key = settings.IntermediateKey.Generate();
        var identifier = key.PublicKey.DeriveKeyIdentifier();
        var start = ValidityPlanner.WholeSecond(now);
        var end = start + settings.IntermediateLifetime;
        var plan = new CertificatePlan
        {
            Profile = CertificateProfile.Intermediate,
            Issuer = root.Name,
            Serial = SerialNumber.Draw(),
            PublicKey = key.PublicKey,
            KeyIdentifier = identifier,
            Subject = DistinguishedName.OfAuthority(settings.TrustDomain, CertificateKind.Intermediate, identifier),
            NotBefore = start - settings.Backdate,
            NotAfter = end < root.NotAfter ? end : root.NotAfter,
        };
        var certificate = root.Sign(Lint(plan));
        if (!root.Verifies(certificate.Der))
        {
            throw new CryptographicException("the signature of a new intermediate does not verify");
        }

        return Finish(certificate, key, null, AuthorityKind.Intermediate, now);
    }

    private static LintedCertificate Lint(CertificatePlan plan) =>
        LintedCertificate.TryLint(TbsCertificateBuilder.Build(plan), plan, out var linted, out var broken)
            ? linted
            : throw new InvalidOperationException($"an authority's certificate breaks the lint `{broken}`");

    private static NewAuthority Finish(
        IssuedCertificate certificate, SigningKey key, SigningKey? selfSigner, AuthorityKind kind, DateTimeOffset now)
    {
        if (selfSigner is not null && !SigningAuthority.VerifiesWith(selfSigner, certificate.Der))
        {
            throw new CryptographicException("the signature of a new root does not verify");
        }

        if (!SigningAuthority.TryCreate(certificate.Der.Span, key, out var authority, out var fault))
        {
            throw new InvalidOperationException($"a new authority is none: {fault}");
        }

        var record = new AuthorityRecord
        {
            Id = authority.Id,
            Kind = kind,
            State = AuthorityState.Active,
            Issuer = certificate.Authority,
            Certificate = certificate.Der,
            PrivateKey = authority.ExportPrivateKey(),
            CreatedAt = now,
        };
        return new NewAuthority(authority, record, IssuanceRecords.Of(certificate, now));
    }
}

/// <summary>An authority that was just made and is not stored yet.</summary>
internal sealed class NewAuthority(SigningAuthority authority, AuthorityRecord record, IssuanceRecord issued)
{
    public SigningAuthority Authority { get; } = authority;

    public AuthorityRecord Record { get; } = record;

    public IssuanceRecord Issued { get; } = issued;
}
