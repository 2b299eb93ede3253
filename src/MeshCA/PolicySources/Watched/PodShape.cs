using System.Globalization;
using System.Text;
using AuthzEngine.Policies;

namespace MeshCA.PolicySources.Watched;

/// <summary>What policies and lints can see of a pod; replicas have the same.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="ServiceAccount">Its service account.</param>
/// <param name="Labels">Its labels, without those that controllers make up for each pod.</param>
/// <param name="Ports">The ports that its containers declare.</param>
internal sealed record PodShape(
    string Namespace, string ServiceAccount, IReadOnlyDictionary<string, string> Labels, IReadOnlyList<PodPort> Ports)
{
    private const string ManagedLabel = "gateway.istio.io/managed";
    private const string WaypointController = "istio.io-mesh-controller";

    /// <summary>Labels that controllers make up: each pod, or each rollout, has others.</summary>
    public static IReadOnlySet<string> GeneratedLabels { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "pod-template-hash",
        "controller-revision-hash",
        "pod-template-generation",
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
        "controller-uid",
        "job-name",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-name",
        "batch.kubernetes.io/job-completion-index",
    };

    /// <summary>Equal for equal shapes only.</summary>
    public string Key { get; } = KeyOf(Namespace, ServiceAccount, Labels, Ports);

    /// <summary>The kind of proxy that it has; authorization-policy §1.5.</summary>
    public ProxyKind Proxy => !Labels.ContainsKey(Workload.GatewayNameLabel) ? ProxyKind.Sidecar
        : Labels.TryGetValue(ManagedLabel, out var controller) && controller == WaypointController ? ProxyKind.Waypoint
        : ProxyKind.Gateway;

    /// <summary>Its name for people: what its makers call the application, or else its service account.</summary>
    public string DisplayName =>
        Labels.GetValueOrDefault("app.kubernetes.io/name") is { Length: > 0 } recommended ? recommended
        : Labels.GetValueOrDefault("app") is { Length: > 0 } usual ? usual
        : ServiceAccount;

    // A line break can be in none of the texts: the API server has checked them, and a fake one only confuses itself.
    private static string KeyOf(
        string space, string account, IReadOnlyDictionary<string, string> labels, IReadOnlyList<PodPort> ports)
    {
        var key = new StringBuilder(128).Append(space).Append('\n').Append(account);
        foreach (var (name, value) in labels.OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            key.Append('\n').Append(name).Append('=').Append(value);
        }

        foreach (var port in ports)
        {
            key.Append(CultureInfo.InvariantCulture, $"\n:{port.Number}/{port.Name}");
        }

        return key.ToString();
    }
}

/// <summary>A TCP port that a container declares.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Name">Its name; empty for none.</param>
internal sealed record PodPort(int Number, string Name);
