using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace SpiffeIdentity.Svids;

/// <summary>Keeps what was used lately, up to a number of entries. Safe for concurrent use.</summary>
/// <remarks>
/// Two generations: when the young one is full it becomes the old one and the old one is forgotten; what is found in the
/// old one becomes young again. No entry is ever searched for to be thrown out, so that nobody who fills it can slow it.
/// </remarks>
/// <typeparam name="TKey">The keys.</typeparam>
/// <typeparam name="TValue">The entries.</typeparam>
/// <param name="capacity">Most entries; at least 2.</param>
internal sealed class GenerationCache<TKey, TValue>(int capacity)
    where TKey : struct, IEquatable<TKey>
    where TValue : class
{
    private readonly Lock _turning = new();
    private volatile Generation _young = new();
    private volatile Generation _old = new();

    /// <summary>Finds an entry.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">The entry, or null.</param>
    /// <returns>Whether it is kept.</returns>
    public bool TryGet(TKey key, [NotNullWhen(true)] out TValue? value)
    {
        if (_young.Entries.TryGetValue(key, out value))
        {
            return true;
        }

        if (!_old.Entries.TryGetValue(key, out value))
        {
            return false;
        }

        Set(key, value);
        return true;
    }

    /// <summary>Keeps an entry, in the place of an earlier one with the same key.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">The entry.</param>
    public void Set(TKey key, TValue value)
    {
        var young = _young;
        if (young.Entries.TryAdd(key, value))
        {
            // Counted by hand: the dictionary's own count takes all of its locks.
            if (Interlocked.Increment(ref young.Count) >= capacity / 2)
            {
                Turn(young);
            }
        }
        else
        {
            young.Entries[key] = value;
        }
    }

    private void Turn(Generation full)
    {
        lock (_turning)
        {
            if (ReferenceEquals(_young, full))
            {
                _old = full;
                _young = new Generation();
            }
        }
    }

    private sealed class Generation
    {
        public int Count;

        public ConcurrentDictionary<TKey, TValue> Entries { get; } = new();
    }
}
