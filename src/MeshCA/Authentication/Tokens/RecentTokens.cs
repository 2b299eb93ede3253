using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace MeshCA.Authentication.Tokens;

/// <summary>Tokens verified a short while ago; bounded in number and age.</summary>
/// <remarks>First in, first out: all entries live equally long, so the oldest is the one nearest its end.</remarks>
internal sealed class RecentTokens<TKey, TToken>(int maxEntries, TimeSpan maxAge)
    where TKey : struct, IEquatable<TKey>
    where TToken : class
{
    private readonly ConcurrentDictionary<TKey, Entry> _entries = new();
    private readonly ConcurrentQueue<(TKey Key, Entry Entry)> _order = new();

    /// <summary>How many tokens are held.</summary>
    public int Count => _entries.Count;

    /// <summary>Finds a token that is not too old.</summary>
    public bool TryFind(TKey key, DateTimeOffset now, [NotNullWhen(true)] out TToken? token)
    {
        token = _entries.TryGetValue(key, out var entry) && now < entry.Until && now >= entry.From ? entry.Token : null;
        return token is not null;
    }

    /// <summary>Keeps a token just verified.</summary>
    public void Add(TKey key, TToken token, DateTimeOffset now)
    {
        if (maxEntries == 0)
        {
            return;
        }

        var entry = new Entry(token, now, now + maxAge);
        _entries[key] = entry;
        _order.Enqueue((key, entry));
        Trim(now);
    }

    // Several callers may trim at once; each takes its own oldest entries.
    private void Trim(DateTimeOffset now)
    {
        while (_order.TryPeek(out var oldest) && (now >= oldest.Entry.Until || _order.Count > maxEntries))
        {
            if (_order.TryDequeue(out var taken))
            {
                // Only this very entry: the token may have been verified anew since.
                _entries.TryRemove(KeyValuePair.Create(taken.Key, taken.Entry));
            }
        }
    }

    private sealed class Entry(TToken token, DateTimeOffset from, DateTimeOffset until)
    {
        public TToken Token { get; } = token;

        /// <summary>A clock set back must not lengthen an entry's life.</summary>
        public DateTimeOffset From { get; } = from;

        public DateTimeOffset Until { get; } = until;
    }
}
