using AuthzEngine.Inventories;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace MeshCA.ClusterAnalysis;

/// <summary>Pods that policies and this analysis cannot tell apart: one of them stands for all.</summary>
/// <param name="Pod">The first of them, by name.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Placement">What stands before them.</param>
/// <param name="Labels">Their labels, without those that tell replicas apart.</param>
internal sealed record ViewedWorkload(ViewedPod Pod, int Count, MeshPlacement Placement, IReadOnlyDictionary<string, string> Labels)
{
    // Set by controllers, and different for each generation of the same thing.
    private static readonly HashSet<string> OfControllers = new(StringComparer.Ordinal)
    {
        "pod-template-hash", "controller-revision-hash", "pod-template-generation", "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index", "controller-uid", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "job-name",
    };

    /// <summary>How findings name it.</summary>
    public string Object => $"Pod/{Pod.Namespace}/{Pod.Name}";

    /// <summary>What is said of its replicas; empty for one.</summary>
    public string AndMore => Count > 1 ? $" ({Count} pods like it)" : "";

    /// <summary>What policies see of it.</summary>
    public Workload ToWorkload() => new()
    {
        Namespace = Pod.Namespace,
        Labels = Pod.Labels,
        ServiceAccount = Pod.ServiceAccount,
        Proxy = MeshPlacements.ProxyOf(Placement),
    };

    /// <summary>Groups the pods of a cluster.</summary>
    public static IReadOnlyList<ViewedWorkload> Of(ClusterView cluster) =>
    [
        .. from pod in cluster.Pods
           let placement = MeshPlacements.Of(pod)
           let labels = pod.Labels.Where(label => !OfControllers.Contains(label.Key))
               .OrderBy(label => label.Key, StringComparer.Ordinal)
               .ToDictionary(StringComparer.Ordinal)
           group (pod, labels) by (pod.Namespace, pod.ServiceAccount, pod.IsOnHostNetwork, placement, Text(labels)) into alike
           let first = alike.MinBy(member => member.pod.Name, StringComparer.Ordinal)
           orderby first.pod.Namespace, first.pod.Name
           select new ViewedWorkload(first.pod, alike.Count(), alike.Key.placement, first.labels),
    ];

    /// <summary>What there is in a cluster, for those who look at policies.</summary>
    public static Inventory ToInventory(ClusterView cluster, string trustDomain) => new(
        [
            .. Of(cluster).Select(workload => new InventoryWorkload(
                workload.Pod.Name,
                workload.ToWorkload(),
                [$"spiffe://{trustDomain}/ns/{workload.Pod.Namespace}/sa/{workload.Pod.ServiceAccount}"],
                [.. Ports(workload.Pod)])),
        ],
        [.. cluster.Namespaces.Select(ns => ns.Name).Concat(cluster.Pods.Select(pod => pod.Namespace)).Distinct(StringComparer.Ordinal)],
        [.. cluster.Services.Select(service => new AddressedService(service.Namespace, service.Name))]);

    // What is spoken at a port is not for pods to say; HTTP is what makes every kind of rule possible.
    private static IEnumerable<WorkloadPort> Ports(ViewedPod pod) => pod.Containers
        .SelectMany(container => container.Ports ?? [])
        .Select(port => port.Number)
        .Distinct()
        .Select(number => new WorkloadPort(number, RequestProtocol.Http));

    private static string Text(Dictionary<string, string> labels) => string.Join('\n', labels.Select(label => $"{label.Key}={label.Value}"));
}
