using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace KubernetesClient;

/// <summary>Finds the objects of a copy by something other than their names: pods by address, or by service account and node.</summary>
/// <remarks>Reading takes no lock. It follows the copy within the same change; between two keys of one object a reader may see both.</remarks>
/// <typeparam name="T">The kind.</typeparam>
/// <typeparam name="TKey">What is looked for.</typeparam>
public sealed class InformerIndex<T, TKey> : IDisposable
    where T : class, IKubernetesResource<T>
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, ImmutableArray<T>> _found = new();
    private readonly Func<T, IEnumerable<TKey>> _keys;
    private readonly IDisposable _subscription;

    /// <summary>Makes it, and fills it with what the copy has.</summary>
    /// <param name="informer">The copy.</param>
    /// <param name="keys">The keys of an object, each at most once; none to leave it out.</param>
    public InformerIndex(IInformer<T> informer, Func<T, IEnumerable<TKey>> keys)
    {
        ArgumentNullException.ThrowIfNull(informer);
        _keys = keys;
        _subscription = informer.Subscribe(Change);
    }

    /// <summary>Finds the objects of a key.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The objects; empty where there are none.</returns>
    public IReadOnlyList<T> Find(TKey key) => _found.TryGetValue(key, out var found) ? found : ImmutableArray<T>.Empty;

    /// <inheritdoc />
    public void Dispose() => _subscription.Dispose();

    // One call after the other: the copy promises it.
    private void Change(T? old, T? item)
    {
        if (item is not null)
        {
            foreach (var key in _keys(item))
            {
                // Beside the old one until that is taken out: a reader must not find none of the two.
                _found[key] = _found.TryGetValue(key, out var others) ? [.. others.Where(other => !ReferenceEquals(other, old)), item] : [item];
            }
        }

        if (old is null)
        {
            return;
        }

        foreach (var key in _keys(old))
        {
            var left = _found.TryGetValue(key, out var held) ? held.Remove(old, ReferenceEqualityComparer.Instance) : [];
            if (left.IsEmpty)
            {
                _found.TryRemove(key, out _);
            }
            else
            {
                _found[key] = left;
            }
        }
    }
}
