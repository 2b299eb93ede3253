using MeshCA.Authentication.Keys;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>The clusters whose tokens are judged with their API servers.</summary>
/// <param name="clusters">One authenticator for each, home first; clusters whose tokens are not accepted have none.</param>
/// <param name="find">Finds a cluster's configured name by what a caller says: id, alias, or nothing for home; null for none.</param>
internal sealed class ClusterTokenDirectory(IReadOnlyList<ClusterTokenAuthenticator> clusters, Func<string, string?> find) : IDisposable
{
    /// <summary>No clusters.</summary>
    public static ClusterTokenDirectory None { get; } = new([], _ => null);

    /// <summary>All of them.</summary>
    public IReadOnlyList<ClusterTokenAuthenticator> All => clusters;

    /// <summary>Finds a cluster by what a caller calls it.</summary>
    /// <param name="name">Id or alias; empty for home (istio-ca §2.3); untrusted.</param>
    public ClusterTokenAuthenticator? Find(string name) => find(name) is { } id ? Get(id) : null;

    /// <summary>Finds a cluster by its configured name.</summary>
    public ClusterTokenAuthenticator? Get(string id)
    {
        foreach (var cluster in clusters)
        {
            if (cluster.Settings.Id == id)
            {
                return cluster;
            }
        }

        return null;
    }

    /// <summary>One line for each.</summary>
    public IEnumerable<IssuerKeysReport> Report(DateTimeOffset now) => clusters.Select(cluster => new IssuerKeysReport(
        cluster.Settings.Id, cluster.Fault(now), cluster.Keys.Current?.Keys.Count ?? 0, now - cluster.Keys.Current?.ReadAt));

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var cluster in clusters)
        {
            cluster.Dispose();
        }
    }
}
