using SpiffeIdentity.Bundles;

namespace MeshCA.Authentication.Certificates;

/// <summary>What client certificates must chain to.</summary>
internal interface ITrustAnchors
{
    /// <summary>The trust domain's bundle as published now; empty while there is no authority.</summary>
    X509Bundle Bundle { get; }

    /// <summary>Our own authorities below the roots that may have signed a client's leaf: a client need not send them, and in a
    /// resumed session it cannot.</summary>
    IReadOnlyList<ReadOnlyMemory<byte>> Intermediates { get; }
}
