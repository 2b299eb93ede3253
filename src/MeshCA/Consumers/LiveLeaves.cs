namespace MeshCA.Consumers;

/// <summary>Counts the unexpired leaves of one authority; they go by themselves as time passes, and nothing is read again.</summary>
internal sealed class LiveLeaves
{
    // A leaf that lives for hours may count up to a minute too long; one that lives for less, a second. That keeps the table small
    // where there are millions, and exact where somebody waits for the last.
    private const long CoarseFrom = 3_600;
    private const long CoarseWidth = 60;

    private readonly SortedDictionary<long, long> _counts = [];
    private long _live;
    private long _lastNotAfter;

    /// <summary>Takes a leaf.</summary>
    public void Add(in LeafFacts leaf)
    {
        var end = leaf.NotAfter + 1; // inclusive
        var width = leaf.NotAfter - leaf.IssuedAt > CoarseFrom ? CoarseWidth : 1;
        var bucket = (end + width - 1) / width * width;
        _counts[bucket] = _counts.GetValueOrDefault(bucket) + 1;
        _live++;
        _lastNotAfter = Math.Max(_lastNotAfter, leaf.NotAfter);
    }

    /// <summary>Counts those that are left.</summary>
    /// <param name="now">Seconds since 1970.</param>
    /// <returns>Null where none is.</returns>
    public AuthorityLeaves? Count(long now)
    {
        while (_counts.Count > 0 && _counts.First() is var (end, count) && end <= now)
        {
            _counts.Remove(end);
            _live -= count;
        }

        return _live > 0 && now <= _lastNotAfter ? new(_live, DateTimeOffset.FromUnixTimeSeconds(_lastNotAfter)) : null;
    }
}
