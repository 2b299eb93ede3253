namespace AuthzEngine.Requests;

/// <summary>What is known of one request or connection; authorization-policy §3.3 lists the attributes.</summary>
/// <remarks>
/// <c>default</c> is an HTTP request of which nothing is known to be present. An attribute that is absent matches no
/// positive field and every negative one (§2.8); one that the deployment cannot supply belongs in
/// <see cref="Unsupplied"/>, because then neither is safe to assume.
/// </remarks>
public readonly struct RequestAttributes
{
    /// <summary>Whether HTTP or TCP rules apply.</summary>
    public RequestProtocol Protocol { get; init; }

    /// <summary>The peer's identity from its verified certificate, scheme included; null: plaintext, or no client certificate.</summary>
    public string? SourcePrincipal { get; init; }

    /// <summary>Address of the direct peer.</summary>
    public IpAddress SourceIp { get; init; }

    /// <summary>Address of the original client, after PROXY protocol and X-Forwarded-For.</summary>
    public IpAddress RemoteIp { get; init; }

    /// <summary>Address that the connection was made to.</summary>
    public IpAddress DestinationIp { get; init; }

    /// <summary>Port that the connection was made to, 0 to 65535; null when absent.</summary>
    public int? DestinationPort { get; init; }

    /// <summary>Server name of the TLS client hello; null when absent. Compared in lower case.</summary>
    public string? Sni { get; init; }

    /// <summary>HTTP method.</summary>
    public string? Method { get; init; }

    /// <summary>Request target with its query.</summary>
    public string? Path { get; init; }

    /// <summary><c>:authority</c>, port included.</summary>
    public string? Host { get; init; }

    /// <summary>The other headers; null: none.</summary>
    public IRequestHeaders? Headers { get; init; }

    /// <summary>What became of the request's token.</summary>
    public TokenState Token { get; init; }

    /// <summary>Payload of the verified token; null without one.</summary>
    public ClaimValue.Struct? Claims { get; init; }

    /// <summary>Dynamic metadata by filter name, then key; null: none.</summary>
    public ClaimValue.Struct? FilterMetadata { get; init; }

    /// <summary>Attributes that the deployment cannot supply, or that were redacted: they are unknown, not absent.</summary>
    public AttributeKinds Unsupplied { get; init; }
}

/// <summary>Whether a request is HTTP; the protocol selection of the port decides, not the policy.</summary>
public enum RequestProtocol
{
    /// <summary>HTTP.</summary>
    Http,

    /// <summary>Anything else over TCP.</summary>
    Tcp,
}

/// <summary>What became of the token of a request, authorization-policy §7.2.</summary>
public enum TokenState
{
    /// <summary>No token where a rule looks for one.</summary>
    Absent,

    /// <summary>A token that some rule accepts; its payload is in the claims.</summary>
    Verified,

    /// <summary>A token that no rule accepts: HTTP 401.</summary>
    Invalid,

    /// <summary>A valid token for another audience: HTTP 403.</summary>
    AudienceRefused,
}

/// <summary>Attributes, one bit each.</summary>
[Flags]
public enum AttributeKinds
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The peer's identity.</summary>
    SourcePrincipal = 1 << 0,

    /// <summary>Address of the direct peer.</summary>
    SourceIp = 1 << 1,

    /// <summary>Address of the original client.</summary>
    RemoteIp = 1 << 2,

    /// <summary>Address of the destination.</summary>
    DestinationIp = 1 << 3,

    /// <summary>Port of the destination.</summary>
    DestinationPort = 1 << 4,

    /// <summary>Server name.</summary>
    Sni = 1 << 5,

    /// <summary>Method.</summary>
    Method = 1 << 6,

    /// <summary>Path.</summary>
    Path = 1 << 7,

    /// <summary>Host.</summary>
    Host = 1 << 8,

    /// <summary>Headers.</summary>
    Headers = 1 << 9,

    /// <summary>Token and claims.</summary>
    Claims = 1 << 10,

    /// <summary>Dynamic metadata.</summary>
    FilterMetadata = 1 << 11,
}
