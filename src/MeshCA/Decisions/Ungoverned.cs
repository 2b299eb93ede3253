using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Inventories;
using AuthzEngine.Policies;
using MeshCA.Policies;

namespace MeshCA.Decisions;

/// <summary>Workloads that no policy is known of: a ban is decided about them all the same, and nothing else.</summary>
internal static class Ungoverned
{
    private static readonly PolicySet NoPolicies = PolicySet.Compile(ResourceSet.Empty, new MeshSettings());

    private static readonly PolicySnapshot NoSnapshot = new(
        0, new MeshSettings(), AdmittedResources.None, NoPolicies, WorkloadDirectory.Of(NoPolicies, new Inventory([], [], [])), DateTimeOffset.UnixEpoch);

    private static readonly WorkloadEntry NoEntry = Entry(new Workload { Namespace = "" });

    /// <summary>The subject of a question about such a workload.</summary>
    /// <param name="principal">Its SPIFFE ID; null: it is not named.</param>
    /// <param name="caller">Who asks.</param>
    public static DecisionSubject Subject(string? principal, DecisionCaller caller) => new(NoSnapshot, NoEntry, principal, caller);

    private static WorkloadEntry Entry(Workload workload) => new(workload, NoPolicies.For(workload));
}
