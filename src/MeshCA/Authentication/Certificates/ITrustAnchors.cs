using SpiffeIdentity.Bundles;

namespace MeshCA.Authentication.Certificates;

/// <summary>What client certificates must chain to.</summary>
internal interface ITrustAnchors
{
    /// <summary>The trust domain's bundle as published now; empty while there is no authority.</summary>
    X509Bundle Bundle { get; }
}
