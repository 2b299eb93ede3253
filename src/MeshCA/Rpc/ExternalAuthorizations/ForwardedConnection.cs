using AuthzEngine.Requests;

namespace MeshCA.Rpc.ExternalAuthorizations;

/// <summary>What a proxy told of the connection that a request came over.</summary>
internal readonly record struct ForwardedConnection
{
    /// <summary>The peer's identity.</summary>
    public string? SourcePrincipal { get; init; }

    /// <summary>The direct peer's address.</summary>
    public IpAddress SourceIp { get; init; }

    /// <summary>The address that was connected to.</summary>
    public IpAddress DestinationIp { get; init; }

    /// <summary>Its port.</summary>
    public int? DestinationPort { get; init; }

    /// <summary>The server name of the client hello.</summary>
    public string? Sni { get; init; }

    /// <summary>What it did not tell: that is unknown, and not absent.</summary>
    public AttributeKinds Untold { get; init; }
}
