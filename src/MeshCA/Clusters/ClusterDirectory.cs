namespace MeshCA.Clusters;

/// <summary>All clusters.</summary>
/// <param name="clusters">The clusters; the first is home.</param>
internal sealed class ClusterDirectory(IReadOnlyList<Cluster> clusters) : IAsyncDisposable
{
    /// <summary>All clusters; home comes first. Empty where the service knows no Kubernetes.</summary>
    public IReadOnlyList<Cluster> All => clusters;

    /// <summary>Where leases, secrets and the service's own objects live; null where the service knows no Kubernetes.</summary>
    public Cluster? Home => clusters.Count > 0 ? clusters[0] : null;

    /// <summary>Finds a cluster.</summary>
    /// <param name="name">The name a caller gives; empty means home (istio-ca §2.3).</param>
    public Cluster? Find(string name) => name.Length == 0 ? Home : clusters.FirstOrDefault(cluster => cluster.IsNamed(name));

    /// <summary>Ends all copies and connections.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in clusters)
        {
            await cluster.Informers.DisposeAsync();
            (cluster.Api as IDisposable)?.Dispose();
        }
    }
}
