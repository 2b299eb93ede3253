using System.Diagnostics.CodeAnalysis;
using SpiffeIdentity.Keys;
using SpiffeIdentity.Pem;
using SpiffeIdentity.Svids;

namespace SpiffeIdentity.Bundles;

/// <summary>One trust domain's X.509 authorities: the certificates that its SVIDs are verified against.</summary>
/// <remarks>Immutable; no certificate is in it twice. An empty one trusts nothing, which is how a whole domain is revoked.</remarks>
public sealed class X509Bundle : IEquatable<X509Bundle>
{
    /// <summary>Most authorities in one bundle: rotation needs two or three.</summary>
    public const int MaxAuthorities = 256;

    /// <summary>Longest PEM text in characters.</summary>
    public const int MaxPemLength = 1 << 20;

    private Revision? _revision;
    private X509BundleDigest? _digest;

    private X509Bundle(TrustDomain trustDomain, IReadOnlyList<PathCertificate> authorities)
    {
        TrustDomain = trustDomain;
        PathCertificates = authorities;
        Authorities = [.. authorities.Select(authority => authority.Der)];
    }

    /// <summary>The trust domain these authorities, and no others, speak for.</summary>
    public TrustDomain TrustDomain { get; }

    /// <summary>The certificates in DER, in the order given.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Authorities { get; }

    /// <summary>What tells its authorities from those of other bundles, in whichever order they are. Computed once.</summary>
    public X509BundleDigest Digest => _digest ??= X509BundleDigest.Of(Authorities);

    /// <summary>The authorities, ready to verify with: each key is imported once.</summary>
    internal IReadOnlyList<PathCertificate> PathCertificates { get; }

    /// <summary>A bundle that trusts nothing.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    /// <returns>The bundle.</returns>
    public static X509Bundle Empty(TrustDomain trustDomain) => new(trustDomain, []);

    /// <summary>Takes certificates.</summary>
    /// <param name="trustDomain">The trust domain they speak for.</param>
    /// <param name="authorities">Certificates in DER, untrusted; repeated ones are dropped.</param>
    /// <param name="bundle">The bundle, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="X509BundleError.None"/>.</param>
    /// <returns>Whether the certificates form a bundle.</returns>
    public static bool TryCreate(
        TrustDomain trustDomain,
        IReadOnlyList<ReadOnlyMemory<byte>> authorities,
        [NotNullWhen(true)] out X509Bundle? bundle,
        out X509BundleError error)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        ArgumentNullException.ThrowIfNull(authorities);
        bundle = null;
        List<PathCertificate> read = [];
        error = authorities.Count > MaxAuthorities ? X509BundleError.TooMany : Read(authorities, read);
        bundle = error == X509BundleError.None ? new X509Bundle(trustDomain, read) : null;
        return bundle is not null;
    }

    /// <summary>Reads concatenated PEM certificates.</summary>
    /// <param name="trustDomain">The trust domain they speak for.</param>
    /// <param name="pem">The text; untrusted.</param>
    /// <param name="bundle">The bundle, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="X509BundleError.None"/>.</param>
    /// <returns>Whether the text holds at least one certificate and nothing else in PEM.</returns>
    public static bool TryParsePem(
        TrustDomain trustDomain,
        ReadOnlySpan<char> pem,
        [NotNullWhen(true)] out X509Bundle? bundle,
        out X509BundleError error)
    {
        bundle = null;
        if (!CertificatePem.TryRead(pem, MaxPemLength, MaxAuthorities, out var authorities, out var pemError))
        {
            error = pemError switch
            {
                PemError.TooLarge => X509BundleError.TooLarge,
                PemError.NoBlock => X509BundleError.NoCertificate,
                PemError.TooMany => X509BundleError.TooMany,
                _ => X509BundleError.MalformedPem,
            };
            return false;
        }

        return TryCreate(trustDomain, authorities, out bundle, out error);
    }

    /// <summary>Whether a certificate is one of the authorities, byte by byte.</summary>
    /// <param name="certificate">The certificate in DER.</param>
    /// <returns>Whether it is in the bundle.</returns>
    public bool Contains(ReadOnlySpan<byte> certificate)
    {
        foreach (var authority in Authorities)
        {
            if (authority.Span.SequenceEqual(certificate))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The authorities as PEM, each ending in a line end.</summary>
    /// <returns>The text that <see cref="TryParsePem"/> accepts; empty for an empty bundle.</returns>
    public string ToPem() => PemWriter.WriteCertificates(Authorities);

    /// <inheritdoc />
    public bool Equals(X509Bundle? other) =>
        other is not null
        && TrustDomain.Equals(other.TrustDomain)
        && Authorities.Count == other.Authorities.Count
        && Authorities.All(authority => other.Contains(authority.Span));

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as X509Bundle);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(TrustDomain, Authorities.Count);

    /// <summary>Whether another bundle holds the same authorities in the same order; cheap from the second time on.</summary>
    /// <param name="other">A bundle.</param>
    /// <returns>False also for bundles that are equal but for their order.</returns>
    internal bool IsSameRevision(X509Bundle other) =>
        ReferenceEquals(this, other)
        || (TrustDomain.Equals(other.TrustDomain) && GetRevision().Hash == other.GetRevision().Hash);

    // Computed again by each of those who come first together: all get the same.
    private Revision GetRevision() => _revision ??= new Revision(ChainHash.Of(Authorities));

    private static X509BundleError Read(IReadOnlyList<ReadOnlyMemory<byte>> authorities, List<PathCertificate> read)
    {
        var seen = new HashSet<ChainHash>();
        foreach (var authority in authorities)
        {
            if (!seen.Add(ChainHash.Of([authority])))
            {
                continue;
            }

            // A copy: the caller may change its buffer later.
            if (!PathCertificate.TryRead(authority.ToArray(), out var certificate))
            {
                return X509BundleError.MalformedCertificate;
            }

            if (!PublicKeyFields.TryRead(certificate.Fields.SubjectPublicKeyInfo, out _))
            {
                return X509BundleError.UnsupportedKey;
            }

            read.Add(certificate);
        }

        return X509BundleError.None;
    }

    private sealed record Revision(ChainHash Hash);
}

/// <summary>The rule that a set of authorities breaks.</summary>
public enum X509BundleError
{
    /// <summary>No rule is broken.</summary>
    None,

    /// <summary>The text exceeds <see cref="X509Bundle.MaxPemLength"/>.</summary>
    TooLarge,

    /// <summary>There are more than <see cref="X509Bundle.MaxAuthorities"/> certificates.</summary>
    TooMany,

    /// <summary>The text holds no PEM block.</summary>
    NoCertificate,

    /// <summary>A PEM block is broken or is not a certificate.</summary>
    MalformedPem,

    /// <summary>A certificate is not DER as RFC 5280 §4.1 has it.</summary>
    MalformedCertificate,

    /// <summary>A certificate's key is neither RSA nor on P-256, P-384 or P-521.</summary>
    UnsupportedKey,
}
