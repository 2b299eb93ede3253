using SpiffeIdentity.Svids;

namespace SpiffeIdentity.WorkloadApi.Tls;

/// <summary>Who a TLS peer proved to be: its SVID was verified, and its ID was authorized.</summary>
public sealed class SpiffePeer
{
    internal SpiffePeer(X509Svid svid) => Svid = svid;

    /// <summary>The peer's identity.</summary>
    public SpiffeId Id => Svid.Id;

    /// <summary>The SVID that proved it.</summary>
    public X509Svid Svid { get; }

    /// <summary>The peer's identity.</summary>
    /// <returns>The SPIFFE ID.</returns>
    public override string ToString() => Id.ToString();
}
