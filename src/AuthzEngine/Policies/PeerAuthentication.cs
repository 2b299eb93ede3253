namespace AuthzEngine.Policies;

/// <summary>A PeerAuthentication as written, authorization-policy §1.4.</summary>
public sealed record PeerAuthentication : PolicyResource
{
    /// <summary>spec.mtls.mode; UNSET when absent.</summary>
    public MutualTlsMode Mode { get; init; }

    /// <summary>spec.portLevelMtls by workload port as written; null when absent, which differs from empty for validation.</summary>
    public IReadOnlyDictionary<string, MutualTlsMode>? PortLevelModes { get; init; }
}

/// <summary>Whether connections to a port must be mTLS; the numbers are those of the wire.</summary>
public enum MutualTlsMode
{
    /// <summary>Inherited.</summary>
    Unset = 0,

    /// <summary>TLS is not terminated: no peer has an identity.</summary>
    Disable = 1,

    /// <summary>Both mTLS and plaintext.</summary>
    Permissive = 2,

    /// <summary>Only mTLS.</summary>
    Strict = 3,
}
