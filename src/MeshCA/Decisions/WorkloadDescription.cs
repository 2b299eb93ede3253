using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using AuthzEngine.Formats.Words;
using AuthzEngine.Policies;

namespace MeshCA.Decisions;

/// <summary>A workload named by the proxy's own configuration, for callers that speak for others.</summary>
/// <remarks>It comes as key and value pairs (Envoy's <c>context_extensions</c>), which clients cannot forge.</remarks>
internal sealed class WorkloadDescription
{
    /// <summary>Every key of ours begins so; any other key is not for us.</summary>
    public const string Prefix = "meshca.workload.";

    /// <summary>SPIFFE ID of a known workload; it stands alone.</summary>
    public const string PrincipalKey = Prefix + "principal";

    /// <summary>Its namespace.</summary>
    public const string NamespaceKey = Prefix + "namespace";

    /// <summary>Its labels, <c>app=web,version=v1</c>; empty for none.</summary>
    public const string LabelsKey = Prefix + "labels";

    /// <summary><c>sidecar</c>, <c>gateway</c> or <c>waypoint</c>.</summary>
    public const string ProxyKey = Prefix + "proxy";

    /// <summary>At a waypoint, the addressed service: <c>namespace/name</c>.</summary>
    public const string ServiceKey = Prefix + "service";

    private const int MaxPairs = 8;
    private const int MaxLength = 16 * 1024;

    private WorkloadDescription(string? principal, Workload? workload, bool hasLabels, string key) =>
        (Principal, Workload, HasLabels, Key) = (principal, workload, hasLabels, key);

    /// <summary>The SPIFFE ID of a known workload; null where the workload is described instead.</summary>
    public string? Principal { get; }

    /// <summary>The workload as described; null where it is named by its principal.</summary>
    public Workload? Workload { get; }

    /// <summary>Whether the labels were given, be it as none: absent ones are unknown.</summary>
    public bool HasLabels { get; }

    /// <summary>The whole description as one text: equal for equal descriptions.</summary>
    public string Key { get; }

    /// <summary>Reads a description.</summary>
    /// <param name="pairs">All pairs of the question; those with other prefixes are passed over.</param>
    /// <param name="description">The description, or null where there is none or it is wrong.</param>
    /// <returns>False where there is one that is wrong: misspelt, incomplete or too long.</returns>
    public static bool TryRead(IReadOnlyDictionary<string, string> pairs, out WorkloadDescription? description)
    {
        description = null;
        var ours = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var length = 0;
        foreach (var (key, value) in pairs)
        {
            if (key.StartsWith(Prefix, StringComparison.Ordinal))
            {
                length += key.Length + value.Length;
                ours[key] = value;
                if (ours.Count > MaxPairs || length > MaxLength)
                {
                    return false;
                }
            }
        }

        return ours.Count == 0 || TryRead(ours, out description);
    }

    private static bool TryRead(SortedDictionary<string, string> pairs, [NotNullWhen(true)] out WorkloadDescription? description)
    {
        description = null;

        // Lengths keep apart what a separator inside a value would run together.
        var key = string.Concat(pairs.Select(pair =>
            string.Create(CultureInfo.InvariantCulture, $"{pair.Key}={pair.Value.Length}:{pair.Value};")));
        if (pairs.Remove(PrincipalKey, out var principal))
        {
            description = pairs.Count == 0 && principal.Length > 0 ? new(principal, null, hasLabels: true, key) : null;
            return description is not null;
        }

        if (!pairs.Remove(NamespaceKey, out var @namespace) || @namespace.Length == 0
            || !TryTakeLabels(pairs, out var labels)
            || !TryTakeProxy(pairs, out var proxy)
            || !TryTakeService(pairs, out var service)
            || pairs.Count > 0)
        {
            return false;
        }

        var workload = new Workload { Namespace = @namespace, Labels = labels ?? new Dictionary<string, string>(), Proxy = proxy, Service = service };
        description = new(null, workload, labels is not null, key);
        return true;
    }

    private static bool TryTakeLabels(SortedDictionary<string, string> pairs, out IReadOnlyDictionary<string, string>? labels)
    {
        labels = null;
        return !pairs.Remove(LabelsKey, out var text) || LabelText.TryParse(text, out labels);
    }

    private static bool TryTakeProxy(SortedDictionary<string, string> pairs, out ProxyKind proxy)
    {
        proxy = ProxyKind.Sidecar;
        return !pairs.Remove(ProxyKey, out var text) || ProxyNames.ByName.TryGetValue(text, out proxy);
    }

    private static bool TryTakeService(SortedDictionary<string, string> pairs, out AddressedService? service)
    {
        service = null;
        if (!pairs.Remove(ServiceKey, out var text))
        {
            return true;
        }

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == text.Length - 1 || text.LastIndexOf('/') != slash)
        {
            return false;
        }

        service = new AddressedService(text[..slash], text[(slash + 1)..]);
        return true;
    }
}
