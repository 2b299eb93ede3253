using SpiffeIdentity;
using SpiffeIdentity.Bundles;

namespace MeshCA.Authentication.Certificates;

/// <summary>What client certificates must chain to.</summary>
internal interface ITrustAnchors
{
    /// <summary>A trust domain's bundle as published now.</summary>
    /// <param name="trustDomain">The trust domain that a certificate names; untrusted.</param>
    /// <returns>The bundle, empty while there is no authority; null: this service does not vouch for that trust domain.</returns>
    X509Bundle? BundleOf(TrustDomain trustDomain);

    /// <summary>Our own authorities below the roots that may have signed a client's leaf: a client need not send them.</summary>
    IReadOnlyList<ReadOnlyMemory<byte>> Intermediates { get; }
}
