using System.Diagnostics.CodeAnalysis;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Der;
using SpiffeIdentity.Pem;

namespace SpiffeIdentity.Svids;

/// <summary>A leaf certificate and its intermediates that claim one SPIFFE ID (X509-SVID §2).</summary>
/// <remarks>Immutable. Parsing checks its form only; nothing is proved before <see cref="Verify(X509Bundle, DateTimeOffset)"/> says so.</remarks>
public sealed class X509Svid
{
    /// <summary>Most certificates in one chain, the leaf included.</summary>
    public const int MaxCertificates = 10;

    /// <summary>Longest certificate in bytes.</summary>
    public const int MaxCertificateLength = 32 * 1024;

    private readonly PathCertificate[] _certificates;

    private X509Svid(SpiffeId id, PathCertificate[] certificates)
    {
        Id = id;
        _certificates = certificates;
        Certificates = [.. certificates.Select(certificate => certificate.Der)];
    }

    /// <summary>The SPIFFE ID that the leaf claims; it has a path.</summary>
    public SpiffeId Id { get; }

    /// <summary>The certificates in DER, the leaf first.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Certificates { get; }

    /// <summary>The leaf's serial number, big-endian without leading zeros.</summary>
    public ReadOnlyMemory<byte> SerialNumber => Leaf.SerialNumber;

    /// <summary>Begin of the leaf's validity.</summary>
    public DateTimeOffset NotBefore => Leaf.NotBefore;

    /// <summary>End of the leaf's validity, inclusive.</summary>
    public DateTimeOffset NotAfter => Leaf.NotAfter;

    /// <summary>The leaf's SubjectPublicKeyInfo in DER.</summary>
    public ReadOnlyMemory<byte> SubjectPublicKeyInfo => Leaf.SubjectPublicKeyInfo;

    /// <summary>Whether TLS servers may present the leaf (X509-SVID §4.4): it has no extended key usage, or one that names serverAuth.</summary>
    public bool ServesServers => Leaf.Extensions.ServesServers;

    /// <summary>Whether TLS clients may present the leaf (X509-SVID §4.4): it has no extended key usage, or one that names clientAuth.</summary>
    public bool ServesClients => Leaf.Extensions.ServesClients;

    private CertificateFields Leaf => _certificates[0].Fields;

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

        // A copy: the caller may change its buffers later.
        if (!PathCertificate.TryRead(certificates[0].ToArray(), out var leaf))
        {
            error = X509SvidError.MalformedCertificate;
            return false;
        }

        PathCertificate[] read = [leaf, .. new PathCertificate[certificates.Count - 1]];
        error = CheckLeaf(leaf.Fields, out var id);
        if (error == X509SvidError.None)
        {
            error = ReadAuthorities(certificates, read);
        }

        svid = error == X509SvidError.None && id is not null ? new X509Svid(id, read) : null;
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
        return Verify(bundle, now, certificate => certificate, out _);
    }

    /// <summary>Verifies the chain and shows by which path.</summary>
    /// <param name="bundle">The bundle of the leaf's trust domain.</param>
    /// <param name="now">The time at which every certificate of the path must be valid.</param>
    /// <param name="recall">Gives the same certificate where more is known about it.</param>
    /// <param name="path">The path from the leaf to an authority of the bundle, both included; or null.</param>
    /// <returns>As the other one.</returns>
    internal X509SvidError Verify(
        X509Bundle bundle,
        DateTimeOffset now,
        Func<PathCertificate, PathCertificate> recall,
        out IReadOnlyList<PathCertificate>? path)
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

        return X509PathBuilder.Build([_certificates[0], .. _certificates.Skip(1).Select(recall)], bundle, now, out path);
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

    private static X509SvidError ReadAuthorities(IReadOnlyList<ReadOnlyMemory<byte>> certificates, PathCertificate[] read)
    {
        for (var i = 1; i < read.Length; i++)
        {
            if (!PathCertificate.TryRead(certificates[i].ToArray(), out var certificate))
            {
                return X509SvidError.MalformedCertificate;
            }

            // A peer that repeats its leaf breaks no rule that matters: no path leads through it.
            if (!certificate.Fields.Extensions.IsSigningAuthority && !certificate.IsSame(read[0]))
            {
                return X509SvidError.NotAnAuthority;
            }

            read[i] = certificate;
        }

        return X509SvidError.None;
    }
}
