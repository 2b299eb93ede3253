namespace MeshCA.Registration;

/// <summary>A pod as its cluster has it, neither finished nor gone.</summary>
/// <param name="Cluster">The cluster's configured name.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="ServiceAccount">The service account it runs as.</param>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="Node">The node it is bound to; empty while it is bound to none.</param>
internal sealed record LivePod(string Cluster, string Namespace, string ServiceAccount, string Name, string Uid, string Node)
{
    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = System.Collections.Frozen.FrozenDictionary<string, string>.Empty;
}
