namespace AuthzEngine.Analysis.Subjects;

/// <summary>What a field of a rule or a condition reads, authorization-policy §3.3.</summary>
internal enum RuleAttribute
{
    /// <summary>Nothing that this analysis knows.</summary>
    Other,

    /// <summary>principals, source.principal.</summary>
    Principal,

    /// <summary>namespaces, source.namespace.</summary>
    Namespace,

    /// <summary>serviceAccounts, source.serviceAccount.</summary>
    ServiceAccount,

    /// <summary>trustDomains, source.trustDomain.</summary>
    TrustDomain,

    /// <summary>requestPrincipals, request.auth.principal.</summary>
    RequestPrincipal,

    /// <summary>request.auth.claims, and audiences and presenter, which are claims too.</summary>
    Claim,

    /// <summary>ipBlocks, remoteIpBlocks, source.ip, remote.ip, destination.ip.</summary>
    Address,

    /// <summary>request.headers.</summary>
    Header,

    /// <summary>hosts.</summary>
    Host,

    /// <summary>methods.</summary>
    Method,

    /// <summary>paths.</summary>
    Path,

    /// <summary>ports, destination.port.</summary>
    Port,

    /// <summary>connection.sni.</summary>
    Sni,
}
