using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Inventories;
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
    DateTimeOffset LoadedAt)
{
    /// <summary>What there is in the mesh.</summary>
    public Inventory Inventory { get; init; } = new([], [], []);

    /// <summary>Makes a snapshot. What has not changed since an earlier one is shared with it, so that it stays compiled.</summary>
    /// <param name="resources">The resources.</param>
    /// <param name="mesh">The mesh's settings.</param>
    /// <param name="inventory">What there is in the mesh.</param>
    /// <param name="previous">The snapshot before; null for the first.</param>
    /// <param name="now">The time.</param>
    public static PolicySnapshot Of(
        AdmittedResources resources, MeshSettings mesh, Inventory inventory, PolicySnapshot? previous, DateTimeOffset now)
    {
        var isCompiled = previous is not null && ReferenceEquals(previous.Mesh, mesh) && IsAlike(previous.Resources, resources);
        var policies = isCompiled ? previous!.Policies : PolicySet.Compile(resources.InForce, mesh); // compiled only where there was one
        var workloads = isCompiled && ReferenceEquals(previous!.Inventory, inventory)
            ? previous.Workloads
            : WorkloadDirectory.Of(policies, inventory, SelectorLabels.Of(resources.InForce));
        return new(resources.Revision, mesh, resources, policies, workloads, now) { Inventory = inventory };
    }

    private static bool IsAlike(AdmittedResources one, AdmittedResources other) =>
        one.InForce.Resources.SequenceEqual(other.InForce.Resources, ReferenceEqualityComparer.Instance)
        && one.InForce.Quarantined.SequenceEqual(other.InForce.Quarantined);
}

/// <summary>Whoever publishes snapshots; there is none where no source of policies is configured.</summary>
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
