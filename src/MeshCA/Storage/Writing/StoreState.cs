using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;

namespace MeshCA.Storage.Writing;

/// <summary>Where the durable store stands; replaced as a whole with every commit.</summary>
internal sealed record StoreState
{
    /// <summary>The journal's last link.</summary>
    public required ChainHead Journal { get; init; }

    /// <summary>The audit events' last link.</summary>
    public required ChainHead Audit { get; init; }

    /// <summary>Time of the newest journal record, microseconds; the clock is held against it.</summary>
    public required long NewestIssuedAt { get; init; }

    /// <summary>The newest checkpoint that this service signed, if any.</summary>
    public required CheckpointRow? Checkpoint { get; init; }

    /// <summary>The greatest number a checkpoint has; above <see cref="Checkpoint"/>'s where somebody put a forged one.</summary>
    public required long LastCheckpoint { get; init; }

    /// <summary>The oldest checkpoint kept.</summary>
    public required long FirstCheckpoint { get; init; }

    /// <summary>What retention removed.</summary>
    public required GapList Gaps { get; init; }

    /// <summary>The authorities' revision.</summary>
    public required AuthorityRevision Authorities { get; init; }

    /// <summary>Whether the clock was last seen too far behind; kept so that each episode is audited once.</summary>
    public bool ClockIsBehind { get; init; }

    /// <summary>Records that no checkpoint covers yet.</summary>
    public long Unsigned =>
        Journal.Sequence - (Checkpoint?.JournalSequence ?? 0) + Audit.Sequence - (Checkpoint?.AuditSequence ?? 0);

    /// <summary>Whether a time lies too far behind the newest record.</summary>
    /// <param name="time">Microseconds.</param>
    /// <param name="maxStep">How far is not too far.</param>
    public bool IsClockBehind(long time, TimeSpan maxStep) => time < NewestIssuedAt - StoredTime.ToMicroseconds(maxStep);
}
