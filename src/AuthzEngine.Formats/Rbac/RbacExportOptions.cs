namespace AuthzEngine.Formats.Rbac;

/// <summary>What the proxies are that will read the configuration; the defaults are what Istio writes for sidecars.</summary>
public sealed record RbacExportOptions
{
    /// <summary>Where the proxy finds the peer's identity.</summary>
    public PeerIdentitySource PeerIdentity { get; init; }

    /// <summary>Which form of metadata matcher the proxy knows.</summary>
    public MetadataForm Metadata { get; init; }

    /// <summary>Whether a STRICT port is also written as a DENY of peers without identity.</summary>
    public bool DenyPlaintextWhereStrict { get; init; } = true;

    /// <summary>Prefix of the network filter's statistics, which must not be empty.</summary>
    public string NetworkStatPrefix { get; init; } = "tcp.";
}

/// <summary>Where a proxy finds the peer's identity, authorization-policy §3.1.</summary>
public enum PeerIdentitySource
{
    /// <summary>The certificate of the connection: <c>authenticated</c>.</summary>
    Certificate,

    /// <summary>Filter state <c>io.istio.peer_principal</c>: waypoints, and gateways behind another proxy.</summary>
    FilterState,
}

/// <summary>Form of metadata matchers.</summary>
public enum MetadataForm
{
    /// <summary><c>metadata</c>, which every proxy knows.</summary>
    Metadata,

    /// <summary><c>sourced_metadata</c>, which replaces it and which older proxies do not know.</summary>
    SourcedMetadata,
}
