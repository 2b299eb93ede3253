using SpiffeIdentity.Bundles;

namespace SpiffeIdentity.WorkloadApi.Connections;

/// <summary>What a source verifies a trust domain's peers by.</summary>
/// <param name="Digest">The bundle's; null: there is none.</param>
/// <param name="Fault">Why that may not be what came last; empty: nothing is wrong.</param>
internal sealed record BundleUse(X509BundleDigest? Digest, string Fault)
{
    /// <summary>Nothing came yet.</summary>
    public static readonly BundleUse None = new(null, "");

    /// <summary>Composes it of a source's state.</summary>
    /// <param name="trustDomain">Whose bundle is meant.</param>
    /// <param name="bundles">Those in use.</param>
    /// <param name="partial">Those of which an authority was left out.</param>
    /// <param name="lastFailure">Why nothing newer came; null: all is well.</param>
    public static BundleUse Of(TrustDomain trustDomain, BundleSet bundles, IReadOnlySet<TrustDomain> partial, WorkloadApiFailure? lastFailure) => new(
        bundles.TryGet(trustDomain, out var bundle) ? bundle.X509.Digest : null,
        lastFailure is { Reason: WorkloadApiFailureReason.MalformedMessage } refused ? refused.ToString()
        : partial.Contains(trustDomain) ? "an authority has a key that cannot be verified with here"
        : "");
}
