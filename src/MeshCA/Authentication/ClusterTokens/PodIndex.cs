using System.Diagnostics.CodeAnalysis;
using KubernetesClient.Models;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>A cluster's pods by UID, by service account, and by node and service account; kept by an informer's changes.</summary>
internal sealed class PodIndex
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, V1Pod> _byUid = new(StringComparer.Ordinal);
    private readonly Dictionary<PodPlace, List<V1Pod>> _byPlace = [];

    /// <summary>How many pods there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _byUid.Count;
            }
        }
    }

    /// <summary>Takes a change over.</summary>
    /// <param name="before">The pod as it was; null for a new one.</param>
    /// <param name="after">The pod as it is; null for one that is gone.</param>
    public void Change(V1Pod? before, V1Pod? after)
    {
        lock (_lock)
        {
            Forget(before?.Metadata.Uid);
            Forget(after?.Metadata.Uid);
            if (after?.Metadata.Uid is { } uid)
            {
                _byUid[uid] = after;
                foreach (var place in PlacesOf(after))
                {
                    Add(place, after);
                }
            }
        }
    }

    /// <summary>Finds a pod.</summary>
    public bool TryFind(string uid, [NotNullWhen(true)] out V1Pod? pod)
    {
        lock (_lock)
        {
            return _byUid.TryGetValue(uid, out pod);
        }
    }

    /// <summary>Lists the pods of a service account.</summary>
    /// <param name="ns">Its namespace.</param>
    /// <param name="account">Its name.</param>
    /// <param name="node">The node they must be on; empty for any.</param>
    public IReadOnlyList<V1Pod> List(string ns, string account, string node)
    {
        lock (_lock)
        {
            return _byPlace.TryGetValue(new(ns, account, node), out var pods) ? [.. pods] : [];
        }
    }

    private void Forget(string? uid)
    {
        if (uid is not null && _byUid.Remove(uid, out var known))
        {
            foreach (var place in PlacesOf(known))
            {
                Remove(place, known);
            }
        }
    }

    private void Add(PodPlace place, V1Pod pod)
    {
        if (!_byPlace.TryGetValue(place, out var pods))
        {
            _byPlace[place] = pods = [];
        }

        pods.Add(pod);
    }

    private void Remove(PodPlace place, V1Pod pod)
    {
        if (_byPlace.TryGetValue(place, out var pods) && pods.RemoveAll(other => ReferenceEquals(other, pod)) > 0 && pods.Count == 0)
        {
            _byPlace.Remove(place);
        }
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
