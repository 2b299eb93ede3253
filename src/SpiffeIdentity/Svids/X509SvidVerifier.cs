using SpiffeIdentity.Bundles;

namespace SpiffeIdentity.Svids;

/// <summary>Verifies X509-SVIDs and remembers those that were good. Safe for concurrent use.</summary>
/// <remarks>
/// What is remembered is kept under a hash of the whole chain as it was presented, with the bundle that it was verified by, and
/// until the first certificate of its path ends. The leaf alone would not do: whoever presents the same leaf with another
/// chain would be answered for a chain that nobody looked at, and the answer would depend on who came before.
/// </remarks>
public sealed class X509SvidVerifier
{
    /// <summary>Chains remembered unless another number is given.</summary>
    public const int DefaultCapacity = 4096;

    // Signing certificates: a mesh has few, and each first sight of a leaf needs one.
    private const int AuthorityCapacity = 256;

    private readonly GenerationCache<ChainHash, PathCertificate> _authorities = new(AuthorityCapacity);
    private readonly GenerationCache<ChainHash, Known> _known;

    /// <summary>Remembers nothing yet.</summary>
    /// <param name="capacity">Most chains remembered; at least 2. A chain of two certificates takes about 4 KB.</param>
    public X509SvidVerifier(int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 2);
        _known = new GenerationCache<ChainHash, Known>(capacity);
    }

    /// <summary>Verifies a chain by the bundle of its own trust domain.</summary>
    /// <param name="certificates">Certificates in DER, the leaf first, the others in any order; untrusted.</param>
    /// <param name="bundles">The bundles; only that of the leaf's trust domain counts.</param>
    /// <param name="now">The time at which every certificate of the path must be valid.</param>
    /// <returns>Whose chain it is, or the first rule broken.</returns>
    public X509SvidVerification Verify(IReadOnlyList<ReadOnlyMemory<byte>> certificates, BundleSet bundles, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(certificates);
        ArgumentNullException.ThrowIfNull(bundles);
        var error = X509Svid.CheckSize(certificates);
        if (error != X509SvidError.None)
        {
            return new X509SvidVerification.Refused(error);
        }

        var hash = ChainHash.Of(certificates);
        if (_known.TryGet(hash, out var known)
            && bundles.TryGet(known.Verdict.Svid.Id.TrustDomain, out var bundle)
            && known.HoldsFor(bundle.X509, now))
        {
            return known.Verdict;
        }

        if (!X509Svid.TryParse(certificates, out var svid, out error))
        {
            return new X509SvidVerification.Refused(error);
        }

        return bundles.TryGet(svid.Id.TrustDomain, out bundle)
            ? Verify(svid, bundle.X509, now, hash)
            : new X509SvidVerification.Refused(X509SvidError.NoBundle);
    }

    private X509SvidVerification Verify(X509Svid svid, X509Bundle bundle, DateTimeOffset now, ChainHash hash)
    {
        var error = svid.Verify(bundle, now, Recall, out var path);
        if (path is null)
        {
            return new X509SvidVerification.Refused(error);
        }

        // Only what is on a path that holds: anybody can make up certificates.
        foreach (var authority in path.Skip(1).SkipLast(1))
        {
            _authorities.Set(ChainHash.Of([authority.Der]), authority);
        }

        var verdict = new X509SvidVerification.Accepted(svid);
        if (IsPlain(svid, path, bundle))
        {
            _known.Set(hash, Known.Of(verdict, bundle, path));
        }

        return verdict;
    }

    private PathCertificate Recall(PathCertificate certificate) =>
        _authorities.TryGet(ChainHash.Of([certificate.Der]), out var known) ? known : certificate;

    // Only a path as it is, with at most one authority of the bundle behind: a peer could else put one good leaf in front of
    // ever other lists of certificates, and have each remembered in the place of somebody else's.
    private static bool IsPlain(X509Svid svid, IReadOnlyList<PathCertificate> path, X509Bundle bundle)
    {
        var presented = svid.Certificates;
        for (var i = 0; i < presented.Count; i++)
        {
            var isOfPath = i < path.Count && presented[i].Span.SequenceEqual(path[i].Der.Span);
            if (!isOfPath && !(i == presented.Count - 1 && i >= path.Count - 1 && bundle.Contains(presented[i].Span)))
            {
                return false;
            }
        }

        return true;
    }

    private sealed record Known(
        X509SvidVerification.Accepted Verdict, X509Bundle Bundle, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
    {
        public static Known Of(
            X509SvidVerification.Accepted verdict, X509Bundle bundle, IReadOnlyList<PathCertificate> path) => new(
            verdict,
            bundle,
            path.Max(certificate => certificate.Fields.NotBefore),
            path.Min(certificate => certificate.Fields.NotAfter));

        // At each use: the chain may have ended since, and the bundle may have changed. Outside these limits the chain is looked
        // at again, since another path may hold.
        public bool HoldsFor(X509Bundle bundle, DateTimeOffset now) =>
            now >= NotBefore && now <= NotAfter && bundle.IsSameRevision(Bundle);
    }
}
