namespace AuthzEngine.Policies;

/// <summary>The workload whose policies are asked for: what a selector or target reference can see of it.</summary>
public sealed record Workload
{
    /// <summary>The label of Gateway API gateways and waypoints, authorization-policy §1.5.</summary>
    public const string GatewayNameLabel = "gateway.networking.k8s.io/gateway-name";

    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Its service account; null when unknown. Policies never select by it, explanations print it.</summary>
    public string? ServiceAccount { get; init; }

    /// <summary>What kind of proxy enforces for it.</summary>
    public ProxyKind Proxy { get; init; }

    /// <summary>At a waypoint, the service that the request addresses; else null.</summary>
    public AddressedService? Service { get; init; }
}

/// <summary>Kind of proxy, authorization-policy §1.5.</summary>
public enum ProxyKind
{
    /// <summary>Beside one workload.</summary>
    Sidecar,

    /// <summary>At the mesh's edge; of the Gateway API when it has the label.</summary>
    Gateway,

    /// <summary>An ambient waypoint.</summary>
    Waypoint,
}

/// <summary>The service that a request to a waypoint addresses.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Registry">Where it comes from.</param>
public sealed record AddressedService(string Namespace, string Name, ServiceRegistry Registry = ServiceRegistry.Kubernetes);

/// <summary>Where a service comes from.</summary>
public enum ServiceRegistry
{
    /// <summary>A Kubernetes Service.</summary>
    Kubernetes,

    /// <summary>A ServiceEntry.</summary>
    External,
}
