namespace AuthzEngine.Policies;

/// <summary>One rule: any of <c>from</c>, and any of <c>to</c>, and all of <c>when</c>; authorization-policy §2.7.</summary>
public sealed record Rule
{
    /// <summary>Alternatives of the peer; none means any. An element is null where the author wrote null.</summary>
    public IReadOnlyList<RuleFrom?> From { get; init; } = [];

    /// <summary>Alternatives of the operation; none means any.</summary>
    public IReadOnlyList<RuleTo?> To { get; init; } = [];

    /// <summary>Conditions that must all hold.</summary>
    public IReadOnlyList<Condition?> When { get; init; } = [];
}

/// <summary>One entry of <c>from</c>.</summary>
/// <param name="Source">The source; null when missing.</param>
public sealed record RuleFrom(Source? Source);

/// <summary>One entry of <c>to</c>.</summary>
/// <param name="Operation">The operation; null when missing.</param>
public sealed record RuleTo(Operation? Operation);

/// <summary>Fields of a source, all of which must hold; a list holds when one of its values does.</summary>
public sealed record Source
{
    /// <summary>Peer identities without the scheme, such as <c>cluster.local/ns/a/sa/b</c>.</summary>
    public IReadOnlyList<string> Principals { get; init; } = [];

    /// <inheritdoc cref="Principals"/>
    public IReadOnlyList<string> NotPrincipals { get; init; } = [];

    /// <summary>Token identities, <c>issuer/subject</c>.</summary>
    public IReadOnlyList<string> RequestPrincipals { get; init; } = [];

    /// <inheritdoc cref="RequestPrincipals"/>
    public IReadOnlyList<string> NotRequestPrincipals { get; init; } = [];

    /// <summary>Namespaces of the peer.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <inheritdoc cref="Namespaces"/>
    public IReadOnlyList<string> NotNamespaces { get; init; } = [];

    /// <summary>Service accounts of the peer, <c>namespace/name</c> or <c>name</c> of the policy's namespace.</summary>
    public IReadOnlyList<string> ServiceAccounts { get; init; } = [];

    /// <inheritdoc cref="ServiceAccounts"/>
    public IReadOnlyList<string> NotServiceAccounts { get; init; } = [];

    /// <summary>Addresses or CIDRs of the direct peer.</summary>
    public IReadOnlyList<string> IpBlocks { get; init; } = [];

    /// <inheritdoc cref="IpBlocks"/>
    public IReadOnlyList<string> NotIpBlocks { get; init; } = [];

    /// <summary>Addresses or CIDRs of the original client.</summary>
    public IReadOnlyList<string> RemoteIpBlocks { get; init; } = [];

    /// <inheritdoc cref="RemoteIpBlocks"/>
    public IReadOnlyList<string> NotRemoteIpBlocks { get; init; } = [];

    /// <summary>Trust domains of the peer.</summary>
    public IReadOnlyList<string> TrustDomains { get; init; } = [];

    /// <inheritdoc cref="TrustDomains"/>
    public IReadOnlyList<string> NotTrustDomains { get; init; } = [];
}

/// <summary>Fields of an operation, all of which must hold; a list holds when one of its values does.</summary>
public sealed record Operation
{
    /// <summary>Values of <c>:authority</c>, port included.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <inheritdoc cref="Hosts"/>
    public IReadOnlyList<string> NotHosts { get; init; } = [];

    /// <summary>Ports of the workload, as decimal text.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <inheritdoc cref="Ports"/>
    public IReadOnlyList<string> NotPorts { get; init; } = [];

    /// <summary>HTTP methods.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <inheritdoc cref="Methods"/>
    public IReadOnlyList<string> NotMethods { get; init; } = [];

    /// <summary>Paths without query, or path templates.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <inheritdoc cref="Paths"/>
    public IReadOnlyList<string> NotPaths { get; init; } = [];
}

/// <summary>One entry of <c>when</c>.</summary>
/// <param name="Key">An attribute, authorization-policy §3.3.</param>
/// <param name="Values">Values of which one must match; none: no such demand.</param>
/// <param name="NotValues">Values of which none may match; none: no such demand.</param>
public sealed record Condition(string Key, IReadOnlyList<string> Values, IReadOnlyList<string> NotValues);
