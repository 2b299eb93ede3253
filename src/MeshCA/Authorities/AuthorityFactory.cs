using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Authorities.Supplied;
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
        using var key = settings.RootKey.Generate();
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
        var certificate = SigningAuthority.SelfSign(Lint(plan), key);
        if (!SigningAuthority.VerifiesWith(key, certificate.Der))
        {
            throw new CryptographicException("the signature of a new root does not verify");
        }

        return Finish(certificate, key, AuthorityKind.Root, now);
    }

    /// <summary>Makes an intermediate under a root; it ends with the root at the latest.</summary>
    public static NewAuthority CreateIntermediate(SigningAuthority root, AuthoritySettings settings, DateTimeOffset now)
    {
        using var key = settings.IntermediateKey.Generate();
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

        return Finish(certificate, key, AuthorityKind.Intermediate, now);
    }

    /// <summary>Certifies a new root's key by the root before it: the same name, key and key identifier, ending with the earlier of both.</summary>
    /// <remarks>A verifier that knows only the old root takes it for an intermediate, and so accepts what the new root signs.</remarks>
    public static AuthorityMaterial CreateCross(SigningAuthority old, ReadOnlyMemory<byte> root, AuthoritySettings settings, DateTimeOffset now)
    {
        using var certified = X509CertificateLoader.LoadCertificate(root.Span);
        var identifier = certified.Extensions.OfType<X509SubjectKeyIdentifierExtension>().First().SubjectKeyIdentifierBytes;
        var end = new DateTimeOffset(certified.NotAfter.ToUniversalTime());
        var plan = new CertificatePlan
        {
            Profile = CertificateProfile.Cross,
            Issuer = old.Name,
            Serial = SerialNumber.Draw(),
            PublicKey = SuppliedCertificates.KeyOf(certified) ?? throw new ArgumentException("a root of an unknown key", nameof(root)),
            KeyIdentifier = identifier,
            Subject = certified.SubjectName.RawData,
            NotBefore = ValidityPlanner.WholeSecond(now) - settings.Backdate,
            NotAfter = end < old.NotAfter ? end : old.NotAfter,
        };
        var certificate = old.Sign(Lint(plan));
        if (!old.Verifies(certificate.Der))
        {
            throw new CryptographicException("the signature of a new cross-certificate does not verify");
        }

        var record = new AuthorityRecord
        {
            Id = AuthorityIds.OfCross(Convert.ToHexStringLower(identifier.Span), old.Id),
            Kind = AuthorityKind.Cross,
            State = AuthorityState.Active,
            Issuer = old.Id,
            Certificate = certificate.Der,
            CreatedAt = now,
        };
        return new AuthorityMaterial(record, null, IssuanceRecords.Of(certificate, now));
    }

    /// <summary>Makes the key of an intermediate that a root elsewhere will sign, with its PKCS#10 request in place of a certificate.</summary>
    public static NewRequest CreateRequest(AuthoritySettings settings, DateTimeOffset now)
    {
        using var key = settings.IntermediateKey.Generate();
        var identifier = key.PublicKey.DeriveKeyIdentifier();
        var subject = DistinguishedName.OfAuthority(settings.TrustDomain, CertificateKind.Intermediate, identifier);
        var privateKey = key.ExportPkcs8();
        var record = new AuthorityRecord
        {
            Id = AuthorityIds.OfRequest(Convert.ToHexStringLower(identifier)),
            Kind = AuthorityKind.Request,
            State = AuthorityState.Prepared,
            Issuer = "",
            Certificate = AuthorityRequest.Write(subject, identifier, key, privateKey),
            CreatedAt = now,
        };
        return new NewRequest(record, privateKey);
    }

    /// <summary>Signs a root anew with its own key, for a new lifetime: name and key identifier are copied, never computed (istio-ca §5.1).</summary>
    public static AuthorityMaterial RenewRoot(SigningAuthority root, Pkcs8PrivateKey key, AuthoritySettings settings, DateTimeOffset now)
    {
        var start = ValidityPlanner.WholeSecond(now);
        var plan = new CertificatePlan
        {
            Profile = CertificateProfile.Root,
            Issuer = root.Name with { NotAfter = start + settings.RootLifetime },
            Serial = SerialNumber.Draw(),
            PublicKey = root.PublicKey,
            KeyIdentifier = root.Name.KeyIdentifier,
            Subject = root.Name.Subject,
            NotBefore = start - settings.Backdate,
            NotAfter = start + settings.RootLifetime,
        };
        var certificate = root.SignAnew(Lint(plan));
        if (!root.Verifies(certificate.Der))
        {
            throw new CryptographicException("the signature of a renewed root does not verify");
        }

        var record = new AuthorityRecord
        {
            Id = root.Id,
            Kind = AuthorityKind.Root,
            State = AuthorityState.Active,
            Issuer = root.Id,
            Certificate = certificate.Der,
            CreatedAt = now,
        };
        return new AuthorityMaterial(record, key, IssuanceRecords.Of(certificate, now));
    }

    private static LintedCertificate Lint(CertificatePlan plan) =>
        LintedCertificate.TryLint(TbsCertificateBuilder.Build(plan), plan, out var linted, out var broken)
            ? linted
            : throw new InvalidOperationException($"an authority's certificate breaks the lint `{broken}`");

    private static NewAuthority Finish(IssuedCertificate certificate, SigningKey key, AuthorityKind kind, DateTimeOffset now)
    {
        if (!SigningAuthority.TryCreate(certificate.Der.Span, key, out var authority, out var fault))
        {
            throw new InvalidOperationException($"a new authority is none: {fault}");
        }

        using (authority)
        {
            var record = new AuthorityRecord
            {
                Id = authority.Id,
                Kind = kind,
                State = AuthorityState.Active,
                Issuer = certificate.Authority,
                Certificate = certificate.Der,
                CreatedAt = now,
            };
            return new NewAuthority(record, IssuanceRecords.Of(certificate, now), key.ExportPkcs8());
        }
    }
}

/// <summary>An authority that was just made and is not stored yet. It takes its private key with it when it is disposed of.</summary>
/// <remarks>It cannot sign: an authority signs once it was read back from the store.</remarks>
internal sealed class NewAuthority(AuthorityRecord record, IssuanceRecord issued, Pkcs8PrivateKey privateKey) : IDisposable
{
    public AuthorityRecord Record { get; } = record;

    public IssuanceRecord Issued { get; } = issued;

    /// <summary>For the store to seal.</summary>
    public Pkcs8PrivateKey PrivateKey { get; } = privateKey;

    /// <inheritdoc />
    public void Dispose() => PrivateKey.Dispose();
}

/// <summary>A request that was just made and is not stored yet. It takes its private key with it when it is disposed of.</summary>
internal sealed class NewRequest(AuthorityRecord record, Pkcs8PrivateKey privateKey) : IDisposable
{
    public AuthorityRecord Record { get; } = record;

    /// <summary>For the store to seal.</summary>
    public Pkcs8PrivateKey PrivateKey { get; } = privateKey;

    /// <inheritdoc />
    public void Dispose() => PrivateKey.Dispose();
}
