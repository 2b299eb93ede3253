using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Policies;

namespace MeshCA.Policies;

/// <summary>All that decisions are made from at one moment: immutable, and swapped as a whole.</summary>
/// <param name="Revision">Counts the snapshots of this store; it never goes back, restarts included.</param>
/// <param name="Mesh">The mesh's settings.</param>
/// <param name="Resources">What was read, and what became of each resource.</param>
/// <param name="Policies">What is in force, compiled.</param>
/// <param name="Workloads">Who can be asked about.</param>
/// <param name="LoadedAt">When it came into force.</param>
internal sealed record PolicySnapshot(
    long Revision,
    MeshSettings Mesh,
    AdmittedResources Resources,
    PolicySet Policies,
    WorkloadDirectory Workloads,
    DateTimeOffset LoadedAt);

/// <summary>Whoever publishes snapshots.</summary>
internal interface IPolicySnapshots
{
    /// <summary>The snapshot in force; null before the first complete one, when nobody may decide.</summary>
    PolicySnapshot? Current { get; }

    /// <summary>Waits until a revision, or a later one, is in force.</summary>
    /// <param name="revision">The revision; one that is in force already is returned at once.</param>
    /// <param name="cancellationToken">Bounds the wait.</param>
    /// <returns>The snapshot then in force.</returns>
    ValueTask<PolicySnapshot> WaitForAsync(long revision, CancellationToken cancellationToken);
}
