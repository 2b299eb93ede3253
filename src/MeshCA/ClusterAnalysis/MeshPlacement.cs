using AuthzEngine.Policies;

namespace MeshCA.ClusterAnalysis;

/// <summary>What stands before a pod.</summary>
internal enum MeshPlacement
{
    /// <summary>Nothing: it has no identity in the mesh.</summary>
    Outside,

    /// <summary>A proxy of its own.</summary>
    Sidecar,

    /// <summary>Its node's proxy.</summary>
    Ambient,

    /// <summary>It is a gateway itself.</summary>
    Gateway,

    /// <summary>It is a waypoint itself.</summary>
    Waypoint,
}

/// <summary>Tells from a pod's own marks what stands before it, and what should.</summary>
internal static class MeshPlacements
{
    /// <summary>Namespaces of the platform, of which nobody expects to be in the mesh.</summary>
    public static readonly IReadOnlySet<string> OfPlatform =
        new HashSet<string>(StringComparer.Ordinal) { "kube-system", "kube-public", "kube-node-lease", "local-path-storage" };

    private const string Proxy = "istio-proxy";
    private const string ManagedLabel = "gateway.istio.io/managed";
    private const string WaypointController = "istio.io-mesh-controller";
    private const string RedirectionAnnotation = "ambient.istio.io/redirection";
    private const string DataPlaneLabel = "istio.io/dataplane-mode";
    private const string InjectionLabel = "istio-injection";
    private const string PodInjectionLabel = "sidecar.istio.io/inject";

    /// <summary>What stands before a pod.</summary>
    public static MeshPlacement Of(ViewedPod pod)
    {
        if (pod.Labels.GetValueOrDefault(ManagedLabel) == WaypointController)
        {
            return MeshPlacement.Waypoint;
        }

        if (pod.Containers.Any(container => container.Name == Proxy))
        {
            return pod.Containers.Any(container => container is { IsInit: false, Name: not Proxy })
                ? MeshPlacement.Sidecar
                : MeshPlacement.Gateway;
        }

        return pod.Annotations.GetValueOrDefault(RedirectionAnnotation) == "enabled" ? MeshPlacement.Ambient : MeshPlacement.Outside;
    }

    /// <summary>Whether something should stand before a pod.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="ns">Its namespace, if known.</param>
    public static bool IsExpected(ViewedPod pod, ViewedNamespace? ns)
    {
        if (pod.IsOnHostNetwork || pod.Labels.GetValueOrDefault(PodInjectionLabel) == "false")
        {
            return false;
        }

        return pod.Labels.GetValueOrDefault(PodInjectionLabel) == "true"
            || pod.Labels.ContainsKey(PolicyResource.RevisionLabel)
            || IsAmbient(pod, ns)
            || (ns is not null && HasInjection(ns));
    }

    /// <summary>Whether a namespace's labels put its pods into the mesh.</summary>
    public static bool IsInMesh(ViewedNamespace ns) => HasInjection(ns) || ns.Labels.GetValueOrDefault(DataPlaneLabel) == "ambient";

    /// <summary>Whether a namespace's labels name injection twice: the older one wins, and the revision is passed over.</summary>
    public static bool IsContradictory(ViewedNamespace ns) =>
        ns.Labels.ContainsKey(InjectionLabel) && ns.Labels.ContainsKey(PolicyResource.RevisionLabel);

    /// <summary>The kind of proxy that policies see.</summary>
    public static ProxyKind ProxyOf(MeshPlacement placement) => placement switch
    {
        MeshPlacement.Gateway => ProxyKind.Gateway,
        MeshPlacement.Waypoint => ProxyKind.Waypoint,
        _ => ProxyKind.Sidecar,
    };

    private static bool HasInjection(ViewedNamespace ns) =>
        ns.Labels.GetValueOrDefault(InjectionLabel) is { } injection
            ? injection == "enabled"
            : ns.Labels.ContainsKey(PolicyResource.RevisionLabel);

    private static bool IsAmbient(ViewedPod pod, ViewedNamespace? ns) =>
        (pod.Labels.GetValueOrDefault(DataPlaneLabel) ?? ns?.Labels.GetValueOrDefault(DataPlaneLabel)) == "ambient";
}
