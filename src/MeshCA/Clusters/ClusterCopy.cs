using KubernetesClient;
using KubernetesClient.Models;

namespace MeshCA.Clusters;

/// <summary>The copies of one cluster's pods and service accounts, which all parts of the service share.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Pods">All its pods.</param>
/// <param name="Accounts">All its service accounts.</param>
internal sealed record ClusterCopy(Cluster Cluster, IInformer<V1Pod> Pods, IInformer<V1ServiceAccount> Accounts)
{
    /// <summary>Keeps the copies until cancelled.</summary>
    public Func<CancellationToken, Task> RunAsync { get; init; } = _ => Task.CompletedTask;
}

/// <summary>The copies of all clusters.</summary>
/// <param name="All">One for each cluster, in the order of the clusters.</param>
internal sealed record ClusterCopies(IReadOnlyList<ClusterCopy> All)
{
    /// <summary>Finds a cluster's.</summary>
    /// <param name="cluster">The cluster's configured name.</param>
    public ClusterCopy? Find(string cluster) => All.FirstOrDefault(copy => copy.Cluster.Id == cluster);
}
