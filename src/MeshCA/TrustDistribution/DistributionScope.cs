using System.Collections.Frozen;
using KubernetesClient.Models;

namespace MeshCA.TrustDistribution;

/// <summary>Which namespaces get config maps (istio-ca §4.7).</summary>
/// <param name="excluded">Names left out beside the usual ones.</param>
/// <param name="selectors">One of them must select; none: all do.</param>
internal sealed class DistributionScope(IEnumerable<string> excluded, IReadOnlyList<LabelSelector> selectors)
{
    // Istio's own list: no workloads, and kube-public is readable by everybody.
    private static readonly string[] Usual = ["kube-public", "kube-node-lease", "local-path-storage"];

    private readonly FrozenSet<string> _excluded = Usual.Concat(excluded).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether a namespace gets them. Nothing can be created in one that ends.</summary>
    public bool Covers(V1Namespace ns) =>
        ns.Metadata is { Name: { Length: > 0 } name, DeletionTimestamp: null }
        && ns.Status?.Phase != "Terminating"
        && !_excluded.Contains(name)
        && (selectors.Count == 0 || selectors.Any(selector => selector.Selects(ns.Metadata.Labels)));
}
