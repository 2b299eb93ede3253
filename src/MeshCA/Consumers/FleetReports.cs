using MeshCA.Issuance;

namespace MeshCA.Consumers;

/// <summary>Composes a report of what was counted; pure.</summary>
internal static class FleetReports
{
    /// <summary>Composes one.</summary>
    /// <param name="target">The bundle sequence asked about.</param>
    /// <param name="now">When it was counted.</param>
    /// <param name="consumers">The live consumers.</param>
    /// <param name="holders">The other holders.</param>
    /// <param name="names">The records of those behind.</param>
    /// <param name="isComplete">Whether the whole journal was read.</param>
    public static FleetReport Of(
        long target,
        DateTimeOffset now,
        IReadOnlyList<Consumer> consumers,
        HolderCounts holders,
        IReadOnlyDictionary<long, IssuanceRecord> names,
        bool isComplete)
    {
        // Who lacks the newest bundle may lack what the target brought: where only JWT keys changed between, both have the same roots. Who says
        // what is in use instead has thought of that; older clients have not.
        var behind = consumers.Where(consumer => consumer.Sequence < target || consumer.Behind is { InUse: null }).OrderBy(consumer => consumer.Id).ToList();
        return new()
        {
            MeasuredAt = now,
            TargetSequence = target,
            Consumers = consumers.Count,
            ConsumersUpdated = consumers.Count - behind.Count,
            Holders = holders.Holders,
            HoldersUpdated = holders.Updated,
            HoldersOverdue = holders.Overdue,
            LiveLeaves = holders.ByAuthority.Values.Sum(leaves => leaves.Live),
            ByAuthority = holders.ByAuthority,
            Laggards =
            [
                .. behind.Select(consumer => Laggard(consumer, now)).Concat(holders.Behind.Select(holder => Laggard(holder, names))).Take(FleetReport.MaxLaggards),
            ],
            LaggardCount = behind.Count + holders.Holders - holders.Updated,
            IsComplete = isComplete,
        };
    }

    private static Laggard Laggard(Consumer consumer, DateTimeOffset now) => new(
        consumer.Identity, consumer.PodUid, consumer.Peer, consumer.Sequence, null, LaggardKind.Consumer, consumer.Behind?.Describe(now) ?? "");

    private static Laggard Laggard(HolderBehind holder, IReadOnlyDictionary<long, IssuanceRecord> names)
    {
        var record = names.GetValueOrDefault(holder.Leaf);
        return new(
            record?.Subject?.ToString() ?? "",
            record?.Evidence?.PodUid,
            record?.Peer is { } peer ? PeerText.WithoutPort(peer) : null,
            holder.BundleSequence,
            holder.NotAfter,
            LaggardKind.Holder);
    }
}
