using System.Diagnostics.CodeAnalysis;
using KubernetesClient;
using KubernetesClient.Models;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>A cluster's pods by UID, by service account, and by node and service account.</summary>
/// <param name="pods">The copy of the pods.</param>
internal sealed class PodIndex(IInformer<V1Pod> pods) : IDisposable
{
    private readonly InformerIndex<V1Pod, string> _byUid = new(pods, pod => pod.Metadata.Uid is { } uid ? [uid] : []);
    private readonly InformerIndex<V1Pod, PodPlace> _byPlace = new(pods, PlacesOf);

    /// <summary>Finds a pod.</summary>
    /// <param name="uid">Its UID.</param>
    /// <param name="pod">The pod, or null.</param>
    public bool TryFind(string uid, [NotNullWhen(true)] out V1Pod? pod)
    {
        pod = _byUid.Find(uid) is [var found, ..] ? found : null;
        return pod is not null;
    }

    /// <summary>Lists the pods of a service account.</summary>
    /// <param name="place">Whose, and where.</param>
    public IReadOnlyList<V1Pod> List(PodPlace place) => _byPlace.Find(place);

    /// <inheritdoc />
    public void Dispose()
    {
        _byUid.Dispose();
        _byPlace.Dispose();
    }

    // On any node, and on its own.
    private static IEnumerable<PodPlace> PlacesOf(V1Pod pod)
    {
        if (pod.Metadata.Namespace is { } ns && pod.Spec?.ServiceAccountName is { Length: > 0 } account)
        {
            yield return new(ns, account, "");
            if (pod.Spec.NodeName is { Length: > 0 } node)
            {
                yield return new(ns, account, node);
            }
        }
    }
}

/// <summary>A service account, on a node or on any. The default is nowhere.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Account">The service account's name.</param>
/// <param name="Node">The node; empty for any.</param>
internal readonly record struct PodPlace(string Namespace, string Account, string Node);
