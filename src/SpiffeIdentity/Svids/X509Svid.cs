using System.Diagnostics.CodeAnalysis;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Der;
using SpiffeIdentity.Pem;

namespace SpiffeIdentity.Svids;

/// <summary>A leaf certificate and its intermediates that claim one SPIFFE ID (X509-SVID §2).</summary>
/// <remarks>Immutable. Parsing checks its form only; nothing is proved before <see cref="Verify"/> says so.</remarks>
public sealed class X509Svid
{
    /// <summary>Most certificates in one chain, the leaf included.</summary>
    public const int MaxCertificates = 10;

    /// <summary>Longest certificate in bytes.</summary>
    public const int MaxCertificateLength = 32 * 1024;

    private readonly CertificateFields _leaf;

    private X509Svid(SpiffeId id, CertificateFields leaf, ReadOnlyMemory<byte>[] certificates)
    {
        Id = id;
        _leaf = leaf;
        Certificates = certificates;
    }

    /// <summary>The SPIFFE ID that the leaf claims; it has a path.</summary>
    public SpiffeId Id { get; }

    /// <summary>The certificates in DER, the leaf first.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Certificates { get; }

    /// <summary>The leaf's serial number, big-endian without leading zeros.</summary>
    public ReadOnlyMemory<byte> SerialNumber => _leaf.SerialNumber;

    /// <summary>Begin of the leaf's validity.</summary>
    public DateTimeOffset NotBefore => _leaf.NotBefore;

    /// <summary>End of the leaf's validity, inclusive.</summary>
    public DateTimeOffset NotAfter => _leaf.NotAfter;

    /// <summary>The leaf's SubjectPublicKeyInfo in DER.</summary>
    public ReadOnlyMemory<byte> SubjectPublicKeyInfo => _leaf.SubjectPublicKeyInfo;

    /// <summary>Takes certificates as a TLS peer presents them.</summary>
    /// <param name="certificates">Certificates in DER, the leaf first, the others in any order; untrusted.</param>
    /// <param name="svid">The SVID, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="X509SvidError.None"/>.</param>
    /// <returns>Whether the chain has the form of an X509-SVID.</returns>
    public static bool TryParse(
        IReadOnlyList<ReadOnlyMemory<byte>> certificates,
        [NotNullWhen(true)] out X509Svid? svid,
        out X509SvidError error)
    {
        ArgumentNullException.ThrowIfNull(certificates);
        svid = null;
        error = CheckSize(certificates);
        if (error != X509SvidError.None)
        {
            return false;
        }

        if (!CertificateFields.TryRead(certificates[0].Span, out var leaf))
        {
            error = X509SvidError.MalformedCertificate;
            return false;
        }

        error = CheckLeaf(leaf, out var id);
        if (error == X509SvidError.None)
        {
            error = CheckAuthorities(certificates);
        }

        svid = error == X509SvidError.None && id is not null
            ? new X509Svid(id, leaf, [.. certificates.Select(certificate => (ReadOnlyMemory<byte>)certificate.ToArray())])
            : null;
        return svid is not null;
    }

    /// <summary>Reads concatenated PEM certificates, the leaf first.</summary>
    /// <param name="pem">The text; untrusted.</param>
    /// <param name="svid">The SVID, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="X509SvidError.None"/>.</param>
    /// <returns>Whether the chain has the form of an X509-SVID.</returns>
    public static bool TryParsePem(
        ReadOnlySpan<char> pem, [NotNullWhen(true)] out X509Svid? svid, out X509SvidError error)
    {
        const int maxLength = 2 * MaxCertificates * MaxCertificateLength;
        svid = null;
        if (CertificatePem.TryRead(pem, maxLength, MaxCertificates, out var certificates, out var pemError))
        {
            return TryParse(certificates, out svid, out error);
        }

        error = pemError switch
        {
            PemError.NoBlock => X509SvidError.Empty,
            PemError.TooLarge or PemError.TooMany => X509SvidError.TooLarge,
            _ => X509SvidError.MalformedPem,
        };
        return false;
    }

    /// <summary>Verifies the chain against the authorities of its trust domain (X509-SVID §5, RFC 5280 §6).</summary>
    /// <param name="bundle">The bundle of the leaf's trust domain; one of another domain verifies nothing.</param>
    /// <param name="now">The time at which every certificate of the path must be valid.</param>
    /// <returns><see cref="X509SvidError.None"/>: the peer that holds the leaf's key is <see cref="Id"/>. Else the rule broken.</returns>
    public X509SvidError Verify(X509Bundle bundle, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return TryVerify(bundle, now, out _);
    }

    /// <summary>Verifies the chain and shows by which path.</summary>
    /// <param name="bundle">The bundle of the leaf's trust domain.</param>
    /// <param name="now">The time at which every certificate of the path must be valid.</param>
    /// <param name="path">The path from the leaf to an authority of the bundle, both included; or null.</param>
    /// <returns>As <see cref="Verify"/>.</returns>
    internal X509SvidError TryVerify(X509Bundle bundle, DateTimeOffset now, out IReadOnlyList<ReadOnlyMemory<byte>>? path)
    {
        path = null;

        // Only the leaf's own trust domain may speak for it: never a union of bundles.
        if (!Id.MemberOf(bundle.TrustDomain))
        {
            return X509SvidError.OtherTrustDomain;
        }

        if (bundle.Authorities.Count == 0)
        {
            return X509SvidError.EmptyBundle;
        }

        X509PathBuilder.TryBuild(Certificates, bundle, now, out path, out var error);
        return error;
    }

    /// <summary>Checks number and length of certificates before any work is done on them.</summary>
    /// <param name="certificates">The certificates; untrusted.</param>
    /// <returns>The rule broken, or <see cref="X509SvidError.None"/>.</returns>
    internal static X509SvidError CheckSize(IReadOnlyList<ReadOnlyMemory<byte>> certificates) => certificates.Count switch
    {
        0 => X509SvidError.Empty,
        > MaxCertificates => X509SvidError.TooLarge,
        _ when certificates.Any(certificate => certificate.Length > MaxCertificateLength) => X509SvidError.TooLarge,
        _ => X509SvidError.None,
    };

    private static X509SvidError CheckLeaf(CertificateFields leaf, out SpiffeId? id)
    {
        var names = leaf.Extensions;
        id = null;
        if (names.UriCount != 1)
        {
            return names.UriCount == 0 ? X509SvidError.NoUri : X509SvidError.SeveralUris;
        }

        if (!SpiffeId.TryParse(names.FirstUri, out id, out _))
        {
            return X509SvidError.BadSpiffeId;
        }

        return leaf.Extensions switch
        {
            _ when id.IsTrustDomainId => X509SvidError.NoPath,
            { IsAuthority: true } => X509SvidError.LeafIsAuthority,
            { MaySignCertificates: true } => X509SvidError.LeafSignsCertificates,
            { MaySignCrls: true } => X509SvidError.LeafSignsCrls,
            { MaySign: false } => X509SvidError.LeafMayNotSign,
            _ => X509SvidError.None,
        };
    }

    private static X509SvidError CheckAuthorities(IReadOnlyList<ReadOnlyMemory<byte>> certificates)
    {
        foreach (var certificate in certificates.Skip(1))
        {
            if (!CertificateFields.TryRead(certificate.Span, out var fields))
            {
                return X509SvidError.MalformedCertificate;
            }

            // A peer that repeats its leaf breaks no rule that matters: no path leads through it.
            if (!fields.Extensions.IsSigningAuthority && !certificate.Span.SequenceEqual(certificates[0].Span))
            {
                return X509SvidError.NotAnAuthority;
            }
        }

        return X509SvidError.None;
    }
}
