using AuthzEngine.Policies;
using MeshCA.Admin.Policies;
using MeshCA.ClusterAnalysis;

namespace MeshCA.Admin.Meshes;

/// <summary>Which workload a command line means: a pod of a cluster by its name, or all with certain labels.</summary>
internal static class WorkloadChoice
{
    /// <summary>What the form is, for help texts.</summary>
    public const string Form = "`namespace/pod` or `namespace/label=value,label=value`; only the latter with --policies";

    /// <summary>Finds the pods that are meant.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="text">The text; untrusted.</param>
    /// <returns>The workloads; none where there is no such pod.</returns>
    public static IReadOnlyList<ViewedWorkload> Find(ClusterView cluster, string text)
    {
        var workloads = ViewedWorkload.Of(cluster);
        if (text.Split('/') is [var ns, var pod] && !pod.Contains('=', StringComparison.Ordinal))
        {
            return [.. cluster.Pods.Where(item => item.Namespace == ns && item.Name == pod)
                .Select(item => new ViewedWorkload(item, 1, MeshPlacements.Of(item), item.Labels))];
        }

        return WorkloadText.TryParse(text, out var named)
            ? [.. workloads.Where(workload => workload.Pod.Namespace == named.Namespace && Has(workload.Pod, named.Labels))]
            : [];
    }

    /// <summary>Makes a workload of a text alone, for policies of files.</summary>
    /// <param name="text">The text; untrusted.</param>
    /// <param name="proxy">The kind of its proxy.</param>
    /// <returns>The workload; null where the text is none.</returns>
    public static ViewedWorkload? Describe(string text, ProxyKind proxy) => WorkloadText.TryParse(text, out var named)
        ? new(
            new ViewedPod { Namespace = named.Namespace, Name = text[(text.IndexOf('/', StringComparison.Ordinal) + 1)..], Labels = named.Labels },
            1,
            proxy switch
            {
                ProxyKind.Gateway => MeshPlacement.Gateway,
                ProxyKind.Waypoint => MeshPlacement.Waypoint,
                _ => MeshPlacement.Sidecar,
            },
            named.Labels)
        : null;

    private static bool Has(ViewedPod pod, IReadOnlyDictionary<string, string> labels) =>
        labels.All(label => pod.Labels.TryGetValue(label.Key, out var value) && value == label.Value);
}
