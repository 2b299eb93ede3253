namespace MeshCA.Consumers;

/// <summary>Who holds unexpired leaves, and which trust bundle came with the newest: computed from the journal's records alone.</summary>
/// <remarks>About 60 bytes for each holder. Names are not kept: the few that are shown are read from the journal again.</remarks>
internal sealed class HolderInventory
{
    // X.509 times that this service issues fit 32 bits of seconds, and what somebody wrote into the journal must fit too.
    private const long LastSecond = uint.MaxValue - 1;

    // A client renews at half of a leaf's life, or at 0.8 at the latest.
    private const double OverdueShare = 0.8;

    private readonly Dictionary<HolderKey, Holder> _holders = [];
    private readonly Dictionary<string, LiveLeaves> _authorities = new(StringComparer.Ordinal);

    /// <summary>Takes a leaf; leaves come in the order of their sequence numbers.</summary>
    public void Add(in LeafFacts leaf)
    {
        var issuedAt = (uint)Math.Clamp(leaf.IssuedAt, 0, LastSecond);
        var notAfter = (uint)Math.Clamp(leaf.NotAfter, 0, LastSecond);
        ref var holder = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_holders, leaf.Holder, out _);
        holder = new(leaf.Sequence, leaf.BundleSequence, issuedAt, notAfter, Math.Max(notAfter, holder.LastNotAfter));
        if (!_authorities.TryGetValue(leaf.Authority, out var leaves))
        {
            _authorities[leaf.Authority] = leaves = new();
        }

        leaves.Add(leaf with { IssuedAt = issuedAt, NotAfter = notAfter });
    }

    /// <summary>Lets go of a holder that is no more; its leaves count on until they expire.</summary>
    public void Forget(HolderKey holder) => _holders.Remove(holder);

    /// <summary>Counts, and lets go of what has expired.</summary>
    /// <param name="target">The bundle sequence asked about.</param>
    /// <param name="now">The time.</param>
    /// <param name="reporters">Holders that report themselves, and so are not counted here.</param>
    public HolderCounts Count(long target, DateTimeOffset now, IReadOnlySet<HolderKey> reporters)
    {
        var second = now.ToUnixTimeSeconds();
        var (holders, updated, overdue) = (0, 0, 0);
        var behind = new LatestExpiries(FleetReport.MaxLaggards);
        foreach (var (key, holder) in _holders)
        {
            if (holder.LastNotAfter < second)
            {
                _holders.Remove(key); // allowed while enumerating
                continue;
            }

            if (reporters.Contains(key))
            {
                continue;
            }

            holders++;
            overdue += holder.IsOverdue(second) ? 1 : 0;
            if (holder.BundleSequence >= target)
            {
                updated++;
            }
            else
            {
                behind.Add(new(holder.Leaf, holder.BundleSequence, DateTimeOffset.FromUnixTimeSeconds(holder.NotAfter)) { Holder = key });
            }
        }

        return new(holders, updated, overdue, behind.InOrder(), CountAuthorities(second));
    }

    private Dictionary<string, AuthorityLeaves> CountAuthorities(long now)
    {
        var counts = new Dictionary<string, AuthorityLeaves>(StringComparer.Ordinal);
        foreach (var (authority, leaves) in _authorities)
        {
            if (leaves.Count(now) is { } live)
            {
                counts[authority] = live;
            }
            else
            {
                _authorities.Remove(authority);
            }
        }

        return counts;
    }

    // Of the newest leaf, but for the last: an older leaf may live longer.
    private readonly record struct Holder(long Leaf, long BundleSequence, uint IssuedAt, uint NotAfter, uint LastNotAfter)
    {
        public bool IsOverdue(long now) => now >= IssuedAt + (OverdueShare * (NotAfter + 1L - IssuedAt));
    }
}

/// <summary>What the inventory counted.</summary>
/// <param name="Holders">Holders that do not report.</param>
/// <param name="Updated">Those with the asked bundle or a later one.</param>
/// <param name="Overdue">Those that should have renewed.</param>
/// <param name="Behind">Some of those without, the latest expiry first.</param>
/// <param name="ByAuthority">Unexpired leaves, reporters' too.</param>
internal sealed record HolderCounts(
    int Holders,
    int Updated,
    int Overdue,
    IReadOnlyList<HolderBehind> Behind,
    IReadOnlyDictionary<string, AuthorityLeaves> ByAuthority)
{
    /// <summary>Nobody was counted.</summary>
    public static HolderCounts None { get; } = new(0, 0, 0, [], new Dictionary<string, AuthorityLeaves>());
}

/// <summary>A holder without the asked bundle. The default is nobody.</summary>
/// <param name="Leaf">Sequence number of its newest leaf's record.</param>
/// <param name="BundleSequence">The bundle it got with that.</param>
/// <param name="NotAfter">End of that leaf.</param>
internal readonly record struct HolderBehind(long Leaf, long BundleSequence, DateTimeOffset NotAfter)
{
    /// <summary>Who it is.</summary>
    public HolderKey Holder { get; init; }
}
