using System.Collections.Frozen;
using MeshCA.Authentication.Certificates;
using MeshCA.Authorities;
using MeshCA.Registration;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;

namespace MeshCA.Hosting;

/// <summary>The bundles of the present snapshot, for the verification of client certificates: never frozen at start (istio-ca §9.2 item 12).</summary>
/// <remarks>Each trust domain has the same roots, under its own name: a certificate is verified by the bundle of its own trust domain and no other.</remarks>
internal sealed class SnapshotTrustAnchors(PermittedTrustDomains trustDomains, IAuthoritySnapshots authorities) : ITrustAnchors
{
    private volatile Others? _others;

    /// <inheritdoc />
    public IReadOnlyList<ReadOnlyMemory<byte>> Intermediates => authorities.Current?.Issuers ?? [];

    /// <inheritdoc />
    public X509Bundle? BundleOf(TrustDomain trustDomain)
    {
        if (!trustDomains.Contains(trustDomain))
        {
            return null;
        }

        if (authorities.Current is not { } snapshot)
        {
            return X509Bundle.Empty(trustDomain);
        }

        if (trustDomain.Equals(snapshot.TrustDomain))
        {
            return snapshot.Bundle;
        }

        // Two that come at once make them twice, and both are right.
        var others = _others;
        if (others is null || !ReferenceEquals(others.Snapshot, snapshot))
        {
            _others = others = new(snapshot, trustDomains.Others.ToFrozenDictionary(other => other, other => Named(other, snapshot)));
        }

        return others.Bundles.GetValueOrDefault(trustDomain);
    }

    private static X509Bundle Named(TrustDomain trustDomain, AuthoritySnapshot snapshot) =>
        X509Bundle.TryCreate(trustDomain, snapshot.Roots, out var bundle, out _)
            ? bundle
            : throw new System.Diagnostics.UnreachableException("the snapshot's roots form a bundle");

    private sealed record Others(AuthoritySnapshot Snapshot, FrozenDictionary<TrustDomain, X509Bundle> Bundles);
}
