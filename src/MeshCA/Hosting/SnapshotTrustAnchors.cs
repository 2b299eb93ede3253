using MeshCA.Authentication.Certificates;
using MeshCA.Authorities;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;

namespace MeshCA.Hosting;

/// <summary>The bundle of the present snapshot, for the verification of client certificates: never frozen at start (istio-ca §9.2 item 12).</summary>
internal sealed class SnapshotTrustAnchors(TrustDomain trustDomain, IAuthoritySnapshots authorities) : ITrustAnchors
{
    /// <inheritdoc />
    public X509Bundle Bundle => authorities.Current?.Bundle ?? X509Bundle.Empty(trustDomain);

    /// <inheritdoc />
    public IReadOnlyList<ReadOnlyMemory<byte>> Intermediates => authorities.Current?.Issuers ?? [];
}
