using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using MeshCA.Authentication.Keys;

namespace MeshCA.Authentication.Tokens;

/// <summary>Tokens verified a short while ago, by SHA-256 and the issuers that were asked.</summary>
/// <remarks>
/// First in, first out: all entries live equally long, so the oldest is the one nearest its end. Entries hold no
/// token, only its hash.
/// </remarks>
internal sealed class TokenCache(int maxEntries, TimeSpan maxAge)
{
    private readonly ConcurrentDictionary<Key, Entry> _entries = new();
    private readonly ConcurrentQueue<(Key Key, Entry Entry)> _order = new();

    /// <summary>How many tokens are held.</summary>
    public int Count => _entries.Count;

    /// <summary>Finds a token that still counts as verified.</summary>
    /// <param name="hash">The token's hash.</param>
    /// <param name="issuers">The issuers that may vouch for the call.</param>
    /// <param name="now">The present.</param>
    /// <param name="token">The token, or null.</param>
    public bool TryFind(
        TokenHash hash, IssuerSet issuers, DateTimeOffset now, [NotNullWhen(true)] out VerifiedToken? token)
    {
        token = _entries.TryGetValue(new Key(hash, issuers), out var entry) && now < entry.Until && now >= entry.From
            && entry.Token.KeyStillPublished
            ? entry.Token
            : null;
        return token is not null;
    }

    /// <summary>Keeps a token just verified.</summary>
    public void Add(TokenHash hash, IssuerSet issuers, VerifiedToken token, DateTimeOffset now)
    {
        if (maxEntries == 0)
        {
            return;
        }

        var key = new Key(hash, issuers);
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

    private readonly record struct Key(TokenHash Hash, IssuerSet Issuers);

    private sealed class Entry(VerifiedToken token, DateTimeOffset from, DateTimeOffset until)
    {
        public VerifiedToken Token { get; } = token;

        /// <summary>A clock set back must not lengthen an entry's life.</summary>
        public DateTimeOffset From { get; } = from;

        public DateTimeOffset Until { get; } = until;
    }
}
