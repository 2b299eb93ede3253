using KubernetesClient;

namespace MeshCA.Clusters;

/// <summary>A Kubernetes cluster that the service works with.</summary>
/// <param name="Id">Its configured name.</param>
/// <param name="Aliases">Its other names.</param>
/// <param name="Api">Its API server.</param>
internal sealed record Cluster(string Id, IReadOnlyList<string> Aliases, IKubernetes Api)
{
    /// <summary>Whether a caller's <c>clusterid</c> means this cluster.</summary>
    /// <param name="name">What the caller says.</param>
    public bool IsNamed(string name) => Id == name || Aliases.Contains(name);
}

/// <summary>All clusters.</summary>
/// <param name="clusters">The clusters; the first is home.</param>
internal sealed class ClusterDirectory(IReadOnlyList<Cluster> clusters)
{
    /// <summary>All clusters; home comes first. Empty where the service knows no Kubernetes.</summary>
    public IReadOnlyList<Cluster> All => clusters;

    /// <summary>Where leases, secrets and the service's own objects live; null where the service knows no Kubernetes.</summary>
    public Cluster? Home => clusters.Count > 0 ? clusters[0] : null;

    /// <summary>Finds a cluster.</summary>
    /// <param name="name">The name a caller gives; empty means home (istio-ca §2.3).</param>
    public Cluster? Find(string name) => name.Length == 0 ? Home : clusters.FirstOrDefault(cluster => cluster.IsNamed(name));
}
