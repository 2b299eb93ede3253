namespace AuthzEngine.Policies;

/// <summary>What the mesh's own configuration says about policies; the defaults are Istio's.</summary>
public sealed record MeshSettings
{
    /// <summary>Namespace whose policies reach the whole mesh.</summary>
    public string RootNamespace { get; init; } = "istio-system";

    /// <summary>The mesh's trust domain as its configuration has it; it may hold a star, authorization-policy §4.</summary>
    public string TrustDomain { get; init; } = "cluster.local";

    /// <summary>Other names of the trust domain; they may hold a star.</summary>
    public IReadOnlyList<string> TrustDomainAliases { get; init; } = [];

    /// <summary>What is done to a request's path before it is matched; authorization-policy §5.</summary>
    public PathNormalization PathNormalization { get; init; } = PathNormalization.Base;

    /// <summary>The mesh's external authorizers, in the order of its configuration.</summary>
    public IReadOnlyList<ExtensionProvider> ExtensionProviders { get; init; } = [];

    /// <summary>Whether a workload may have CUSTOM policies of several providers, authorization-policy §2.5.</summary>
    public bool MultipleCustomProviders { get; init; }

    /// <summary>Whether selectors reach Gateway API gateways that are not waypoints, authorization-policy §1.5.</summary>
    public bool SelectorBasedGatewayPolicy { get; init; } = true;

    /// <summary>
    /// The revision whose resources are read: those that the label <see cref="PolicyResource.RevisionLabel"/> gives to another
    /// one are not; authorization-policy §1.5. Empty: all are read.
    /// </summary>
    public string Revision { get; init; } = "default";

    /// <summary>How several lines of one header are matched.</summary>
    public RepeatedHeaders RepeatedHeaders { get; init; }

    /// <summary>How request principals are matched.</summary>
    public RequestPrincipalMatching RequestPrincipals { get; init; }
}

/// <summary>Steps of path normalization; authorization-policy §5.</summary>
public enum PathNormalization
{
    /// <summary>No step. Also for a decision point whose proxies normalize: twice would decode twice.</summary>
    None,

    /// <summary>RFC 3986 §6.2.2: dot segments, backslashes, unreserved octets decoded.</summary>
    Base,

    /// <summary><see cref="Base"/>, then runs of slashes merged.</summary>
    MergeSlashes,

    /// <summary>Encoded slashes and backslashes decoded, then <see cref="MergeSlashes"/>.</summary>
    DecodeAndMergeSlashes,
}

/// <summary>How several lines of one header are matched, authorization-policy §3.4.</summary>
public enum RepeatedHeaders
{
    /// <summary>Each line on its own, as Envoy does since CVE-2026-26308.</summary>
    Individually,

    /// <summary>All lines joined with commas, as before.</summary>
    Joined,
}

/// <summary>How request principals are matched, authorization-policy §3.6.</summary>
public enum RequestPrincipalMatching
{
    /// <summary>Issuer and subject each on its own, as Istio does since 1.22.</summary>
    IssuerAndSubject,

    /// <summary>The text <c>issuer/subject</c>, as before.</summary>
    Joined,
}

/// <summary>One entry of the mesh's extensionProviders.</summary>
/// <param name="Name">The name that CUSTOM policies use.</param>
/// <param name="Kind">What it speaks.</param>
/// <param name="FailOpen">Whether its failure lets a request through.</param>
/// <param name="Valid">Whether its configuration is sound; a bad one denies what its policies match, authorization-policy §2.5.</param>
public sealed record ExtensionProvider(string Name, ExtensionProviderKind Kind, bool FailOpen = false, bool Valid = true);

/// <summary>What an extension provider speaks.</summary>
public enum ExtensionProviderKind
{
    /// <summary>envoyExtAuthzHttp; never asked about TCP.</summary>
    Http,

    /// <summary>envoyExtAuthzGrpc.</summary>
    Grpc,
}
