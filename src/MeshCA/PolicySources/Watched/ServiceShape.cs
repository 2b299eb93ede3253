using AuthzEngine.Requests;

namespace MeshCA.PolicySources.Watched;

/// <summary>What lints can see of a service.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Selector">Labels of its pods; empty: it selects none itself.</param>
/// <param name="Ports">Its ports.</param>
internal sealed record ServiceShape(
    string Namespace, string Name, IReadOnlyDictionary<string, string> Selector, IReadOnlyList<ServicePortShape> Ports)
{
    /// <summary>Whether it selects pods of a shape.</summary>
    public bool Selects(PodShape pod) =>
        Selector.Count > 0 && pod.Namespace == Namespace
        && Selector.All(label => pod.Labels.TryGetValue(label.Key, out var value) && value == label.Value);

    /// <summary>Whether it is the same to lints as another.</summary>
    public bool IsLike(ServiceShape? other) =>
        other is not null && Namespace == other.Namespace && Name == other.Name && Ports.SequenceEqual(other.Ports)
        && Selector.Count == other.Selector.Count
        && Selector.All(label => other.Selector.TryGetValue(label.Key, out var value) && value == label.Value);
}

/// <summary>A port of a service.</summary>
/// <param name="Target">Number or name of the pods' port.</param>
/// <param name="Protocol">What it is said to speak; null: nothing is said, and proxies find out.</param>
internal sealed record ServicePortShape(string Target, RequestProtocol? Protocol)
{
    private static readonly string[] Http = ["http", "http2", "grpc", "grpc-web", "h2c", "kubernetes.io/h2c", "kubernetes.io/ws"];
    private static readonly string[] Tcp = ["tcp", "tls", "https", "mongo", "mysql", "redis", "udp", "kubernetes.io/wss"];

    /// <summary>What a port speaks, as Istio's protocol selection reads it: <c>appProtocol</c>, else the name up to its first dash.</summary>
    /// <param name="appProtocol">The one; null for none.</param>
    /// <param name="name">The other; null for none.</param>
    public static RequestProtocol? ProtocolOf(string? appProtocol, string? name)
    {
        var said = appProtocol is { Length: > 0 } ? appProtocol : name ?? "";
        return IsOneOf(Http, said) ? RequestProtocol.Http : IsOneOf(Tcp, said) ? RequestProtocol.Tcp : null;
    }

    private static bool IsOneOf(string[] protocols, string said) => Array.Exists(protocols, protocol =>
        said.Equals(protocol, StringComparison.OrdinalIgnoreCase) || said.StartsWith(protocol + "-", StringComparison.OrdinalIgnoreCase));
}
