using KubernetesClient.Models;

namespace MeshCA.TrustDistribution;

/// <summary>Decides what is to be written into a namespace; pure.</summary>
internal static class DistributionPlanner
{
    private const string Label = "istio.io/config"; // istio-ca §4.7: istiod and others select by it
    private const string LabelValue = "true";

    /// <summary>Decides.</summary>
    /// <param name="ns">The namespace; null: there is none of that name.</param>
    /// <param name="scope">Which namespaces count.</param>
    /// <param name="content">What is distributed.</param>
    /// <param name="find">Finds a config map of the namespace by name; null where there is none.</param>
    /// <returns>The maps to write, in the order of the content; none where all is as it should be or the namespace gets none.</returns>
    public static IReadOnlyList<DistributedMap> Plan(
        V1Namespace? ns, DistributionScope scope, DistributedContent content, Func<string, V1ConfigMap?> find) =>
        ns is null || !scope.Covers(ns) ? [] : [.. content.Maps.Where(map => !Holds(find(map.Name), map))];

    /// <summary>Whether a config map says what it should. What else is in it is nobody's business.</summary>
    /// <param name="present">The config map; null: there is none.</param>
    /// <param name="map">What it should say.</param>
    public static bool Holds(V1ConfigMap? present, DistributedMap map) =>
        present is { Metadata.DeletionTimestamp: null }
        && present.Data is { } data && data.TryGetValue(map.Key, out var text) && text == map.Text
        && present.Metadata.Labels is { } labels && labels.TryGetValue(Label, out var value) && value == LabelValue;

    /// <summary>The config map to apply.</summary>
    /// <param name="ns">Into which namespace.</param>
    /// <param name="map">What it says.</param>
    public static V1ConfigMap Body(string ns, DistributedMap map) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = map.Name,
            Namespace = ns,
            Labels = new Dictionary<string, string> { [Label] = LabelValue },
        },
        Data = new Dictionary<string, string> { [map.Key] = map.Text },
    };
}
