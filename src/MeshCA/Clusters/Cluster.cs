using KubernetesClient;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshCA.Clusters;

/// <summary>A Kubernetes cluster that the service works with.</summary>
/// <param name="Id">Its configured name.</param>
/// <param name="Aliases">Its other names.</param>
/// <param name="Api">Its API server.</param>
internal sealed record Cluster(string Id, IReadOnlyList<string> Aliases, IKubernetes Api)
{
    /// <summary>Copies of its objects, each kept once for all who need it.</summary>
    public SharedInformers Informers { get; init; } = new(Id, Api, new(), TimeProvider.System, NullLogger.Instance);

    /// <summary>Whether a caller's <c>clusterid</c> means this cluster.</summary>
    /// <param name="name">What the caller says.</param>
    public bool IsNamed(string name) => Id == name || Aliases.Contains(name);

    /// <summary>The copy of all objects of a kind; the same for all who ask.</summary>
    public IInformer<T> Informer<T>()
        where T : class, IKubernetesResource<T> => Informers.Get<T>(ListQuery.All);

    /// <summary>The copy of some objects of a kind; the same for all who ask for the same.</summary>
    /// <param name="query">Which; no page size and continuation in it.</param>
    public IInformer<T> Informer<T>(ListQuery query)
        where T : class, IKubernetesResource<T> => Informers.Get<T>(query);
}
