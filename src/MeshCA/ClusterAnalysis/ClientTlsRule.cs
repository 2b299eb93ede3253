using System.Text.Json;

namespace MeshCA.ClusterAnalysis;

/// <summary>How callers of the mesh are told to speak to a host: the TLS part of a DestinationRule.</summary>
/// <param name="Object">The DestinationRule, as <c>DestinationRule/namespace/name</c>.</param>
/// <param name="Namespace">Its namespace, which short host names are of.</param>
/// <param name="Host">The host, as written.</param>
/// <param name="Mode">What it says of every port; null where it says nothing.</param>
/// <param name="Ports">What it says of single ports of the service.</param>
internal sealed record ClientTlsRule(
    string Object, string Namespace, string Host, ClientTlsMode? Mode, IReadOnlyDictionary<int, ClientTlsMode> Ports)
{
    private const int MaxPorts = 256;

    /// <summary>Reads one.</summary>
    /// <param name="ns">Its namespace.</param>
    /// <param name="name">Its name.</param>
    /// <param name="spec">What it says; untrusted.</param>
    /// <returns>The rule; null where it says nothing about TLS that can be read. Subsets are not looked at.</returns>
    public static ClientTlsRule? Read(string ns, string name, JsonElement spec)
    {
        if (spec.ValueKind != JsonValueKind.Object || Text(spec, "host") is not { Length: > 0 } host
            || Member(spec, "trafficPolicy") is not { } policy)
        {
            return null;
        }

        var ports = new Dictionary<int, ClientTlsMode>();
        if (Member(policy, "portLevelSettings") is { ValueKind: JsonValueKind.Array } settings)
        {
            foreach (var setting in settings.EnumerateArray().Take(MaxPorts))
            {
                if (Member(setting, "port") is { } port && Member(port, "number") is { ValueKind: JsonValueKind.Number } number
                    && number.TryGetInt32(out var value) && ModeOf(setting) is { } mode)
                {
                    ports[value] = mode;
                }
            }
        }

        var whole = ModeOf(policy);
        return whole is null && ports.Count == 0 ? null : new($"DestinationRule/{ns}/{name}", ns, host, whole, ports);
    }

    /// <summary>Whether it is about a service.</summary>
    public bool IsFor(ViewedService service)
    {
        var full = $"{service.Name}.{service.Namespace}.svc.cluster.local";
        return Host.StartsWith("*.", StringComparison.Ordinal) ? full.EndsWith(Host[1..], StringComparison.Ordinal)
            : Host is "*" || Host == full || Host == $"{service.Name}.{service.Namespace}.svc" || Host == $"{service.Name}.{service.Namespace}"
                || (Host == service.Name && Namespace == service.Namespace);
    }

    /// <summary>What it says of a port of the service.</summary>
    public ClientTlsMode? At(int? port) => port is { } number && Ports.TryGetValue(number, out var mode) ? mode : Mode;

    private static ClientTlsMode? ModeOf(JsonElement settings) => Member(settings, "tls") is not { } tls ? null : Text(tls, "mode") switch
    {
        "DISABLE" or null => ClientTlsMode.Plaintext,
        "SIMPLE" => ClientTlsMode.Simple,
        "MUTUAL" => ClientTlsMode.OwnMutual,
        "ISTIO_MUTUAL" => ClientTlsMode.MeshMutual,
        _ => null,
    };

    private static JsonElement? Member(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var member) ? member : null;

    private static string? Text(JsonElement parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.String } member ? member.GetString() : null;
}

/// <summary>How a caller speaks.</summary>
internal enum ClientTlsMode
{
    /// <summary>In the clear.</summary>
    Plaintext,

    /// <summary>TLS without a certificate of its own.</summary>
    Simple,

    /// <summary>TLS with a certificate that is not the mesh's.</summary>
    OwnMutual,

    /// <summary>TLS with the certificate of the mesh.</summary>
    MeshMutual,
}
