using System.Collections.Immutable;
using MeshCA.Revocations;
using SpiffeIdentity;

namespace MeshCA.Agent.Identities;

/// <summary>The bans that are in force here, as the CA told them last. Immutable; those that end are taken out by whoever watches the clock.</summary>
internal sealed class HeldBans
{
    private readonly ImmutableArray<Revocation> _ended;
    private readonly BanIndex _index;

    private HeldBans(long? revision, ImmutableArray<Revocation> entries, ImmutableArray<Revocation> ended)
    {
        (Revision, Entries, _ended, _index) = (revision, entries, ended, BanIndex.Of(entries));
        NextEnd = entries.Min(entry => entry.ExpiresAt); // null counts as none
    }

    /// <summary>The CA told of none: it is the judge, and what it gives is served.</summary>
    public static HeldBans None { get; } = new(null, [], []);

    /// <summary>The revision of the CA's state; null: none came.</summary>
    public long? Revision { get; }

    /// <summary>The bans.</summary>
    public ImmutableArray<Revocation> Entries { get; }

    /// <summary>When the next of them ends; null: none does by itself.</summary>
    public DateTimeOffset? NextEnd { get; }

    /// <summary>Whether a clock that is set, ahead or back, may change what is in force.</summary>
    public bool HasEnds => NextEnd is not null || !_ended.IsEmpty;

    /// <summary>Takes bans.</summary>
    /// <param name="revision">The revision of their state.</param>
    /// <param name="bans">The bans; their subjects are SPIFFE IDs.</param>
    /// <param name="now">Those that have ended are not in force.</param>
    public static HeldBans Of(long? revision, IEnumerable<Revocation> bans, DateTimeOffset now)
    {
        // Of two that name the same the one that ends last: it holds as long as either.
        var standing = bans.GroupBy(ban => (ban.Kind, ban.Subject))
            .Select(same => same.MaxBy(ban => ban.ExpiresAt ?? DateTimeOffset.MaxValue)!) // not null: groups are not empty
            .ToLookup(ban => ban.IsInForce(now));
        return new(revision, [.. standing[true]], [.. standing[false]]);
    }

    /// <summary>The same without those that have ended, and with those that a clock which is set back has made current again.</summary>
    public HeldBans At(DateTimeOffset now) => NextEnd <= now || _ended.Any(ban => ban.IsInForce(now)) ? Of(Revision, [.. Entries, .. _ended], now) : this;

    /// <summary>Finds what bans an identity.</summary>
    public Revocation? Find(SpiffeId id) => Entries.IsEmpty ? null : _index.Find(id.ToString(), DateTimeOffset.MinValue);
}
