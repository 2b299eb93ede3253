namespace MeshCA.Consumers;

/// <summary>How a consumer of the trust bundle reports. The numbers are stored; never reuse one.</summary>
internal enum ConsumerKind
{
    /// <summary>Acknowledges on the stream of <c>meshca.identity.v1.TrustBundles</c>.</summary>
    Stream = 1,

    /// <summary>Polls the bundle endpoint with a client certificate.</summary>
    Poller = 2,

    /// <summary>Another trust domain, which fetches the bundle endpoint by the path that it was given.</summary>
    Peer = 3,
}
