using MeshCA.Policies;

namespace MeshCA.Decisions;

/// <summary>Whom a question is about, asked by whom, and the snapshot that answers it; only <see cref="DecisionPoint"/> makes one.</summary>
/// <param name="Snapshot">The snapshot.</param>
/// <param name="Entry">The workload, and what applies to it.</param>
/// <param name="Principal">Its SPIFFE ID; null for one that is described without.</param>
/// <param name="Caller">Who asks.</param>
internal sealed record DecisionSubject(PolicySnapshot Snapshot, WorkloadEntry Entry, string? Principal, DecisionCaller Caller)
{
    /// <summary>What denies every question about it, whatever the policies say; null: nothing.</summary>
    public Ban? Ban { get; init; }
}
