using System.Globalization;

namespace MeshCA.ClusterAnalysis;

/// <summary>Namespaces and pods that are in the mesh by their labels and not in fact, or the other way about.</summary>
internal static class InjectionAnalyzer
{
    private const long ProxyUser = 1337;

    public static IEnumerable<AnalysisFinding> Analyze(ClusterView cluster)
    {
        var namespaces = cluster.Namespaces.ToDictionary(ns => ns.Name, StringComparer.Ordinal);
        var workloads = ViewedWorkload.Of(cluster);
        return OfNamespaces(cluster, workloads).Concat(workloads.SelectMany(workload => OfWorkload(
            cluster, workload, namespaces.GetValueOrDefault(workload.Pod.Namespace))));
    }

    private static IEnumerable<AnalysisFinding> OfNamespaces(ClusterView cluster, IReadOnlyList<ViewedWorkload> workloads)
    {
        var populated = workloads.Select(workload => workload.Pod.Namespace).ToHashSet();
        foreach (var ns in cluster.Namespaces.Where(ns => !MeshPlacements.OfPlatform.Contains(ns.Name) && ns.Name != cluster.RootNamespace))
        {
            if (MeshPlacements.IsContradictory(ns))
            {
                yield return new(
                    AnalysisCode.LabelsContradict,
                    cluster.Name,
                    $"Namespace/{ns.Name}",
                    "it has both `istio-injection` and `istio.io/rev`: the revision is passed over",
                    "remove one of the labels");
            }
            else if (populated.Contains(ns.Name) && !MeshPlacements.IsInMesh(ns))
            {
                yield return new(
                    AnalysisCode.NamespaceNotInjected,
                    cluster.Name,
                    $"Namespace/{ns.Name}",
                    "its labels put no pod into the mesh",
                    "label it `istio-injection=enabled`, `istio.io/rev=REVISION` or `istio.io/dataplane-mode=ambient`, and restart its pods");
            }
        }
    }

    private static IEnumerable<AnalysisFinding> OfWorkload(ClusterView cluster, ViewedWorkload workload, ViewedNamespace? ns)
    {
        if (workload.Placement == MeshPlacement.Outside && MeshPlacements.IsExpected(workload.Pod, ns))
        {
            yield return new(
                AnalysisCode.PodLacksProxy,
                cluster.Name,
                workload.Object,
                $"labels put it into the mesh, and no proxy stands before it{workload.AndMore}: it has no mTLS",
                "restart it; where that does not help look at the injection webhook or the node's ztunnel");
        }

        var asProxy = workload.Placement == MeshPlacement.Sidecar
            ? workload.Pod.Containers.FirstOrDefault(container => container is { User: ProxyUser, Name: not "istio-proxy" and not "istio-init" })
            : null;
        if (asProxy is not null)
        {
            yield return new(
                AnalysisCode.RunsAsProxy,
                cluster.Name,
                workload.Object,
                string.Create(CultureInfo.InvariantCulture, $"container `{asProxy.Name}` runs as user {ProxyUser}, whose traffic goes around the proxy{workload.AndMore}"),
                "let it run as another user");
        }
    }
}
