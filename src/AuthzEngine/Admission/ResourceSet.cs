using AuthzEngine.Policies;

namespace AuthzEngine.Admission;

/// <summary>What decisions are made from: the resources in force, and those that are held back.</summary>
/// <param name="Resources">Resources in force, one of each id.</param>
/// <param name="Quarantined">Invalid resources that have no valid version to stand in for them.</param>
public sealed record ResourceSet(IReadOnlyList<PolicyResource> Resources, IReadOnlyList<QuarantinedResource> Quarantined)
{
    /// <summary>No resources at all.</summary>
    public static ResourceSet Empty { get; } = new([], []);
}

/// <summary>
/// An invalid resource of which no valid version was seen. Nobody knows what its author wanted to forbid, so every request
/// to a workload that it names is denied (<see cref="Evaluation.DecisionReason.InvalidResource"/>).
/// </summary>
/// <param name="Id">The resource; null when that could not be read.</param>
/// <param name="Namespace">Whose workloads it names; the root namespace names those of every namespace.</param>
/// <param name="Selector">Labels of the workloads; null, also when it could not be read: all of the namespace.</param>
public sealed record QuarantinedResource(ResourceId? Id, string Namespace, WorkloadSelector? Selector)
{
    /// <summary>What it attaches to instead of selecting labels; none, also when that could not be read: the selector counts.</summary>
    public IReadOnlyList<PolicyTargetReference> TargetReferences { get; init; } = [];
}
