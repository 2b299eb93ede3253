using System.Collections.Concurrent;
using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using MeshCA.Policies;

namespace MeshCA.Decisions;

/// <summary>What applies to workloads that proxies describe; kept as long as its policies are in force, and never without bound.</summary>
internal sealed class DescribedWorkloads
{
    private const int MaxEntries = 10_000;

    private volatile Generation? _generation;

    /// <summary>Finds what applies to a described workload.</summary>
    /// <param name="snapshot">The snapshot in force.</param>
    /// <param name="description">The workload; not one that is named by its principal.</param>
    /// <returns>Null where policies select by labels and the labels are unknown.</returns>
    public WorkloadEntry? Find(PolicySnapshot snapshot, WorkloadDescription description)
    {
        var generation = _generation;
        if (generation is null || !ReferenceEquals(generation.Policies, snapshot.Policies))
        {
            _generation = generation = new Generation(snapshot.Policies);
        }

        if (generation.Entries.TryGetValue(description.Key, out var entry))
        {
            return entry;
        }

        entry = Compile(snapshot, description);
        if (generation.Entries.Count < MaxEntries)
        {
            generation.Entries[description.Key] = entry;
        }

        return entry;
    }

    private static WorkloadEntry? Compile(PolicySnapshot snapshot, WorkloadDescription description)
    {
        var workload = description.Workload!; // the caller's promise
        return !description.HasLabels && LabelsMatter(snapshot, workload)
            ? null
            : new WorkloadEntry(workload, snapshot.Policies.For(workload));
    }

    // Target references ask for a label too: the gateway's name, authorization-policy §1.5.
    private static bool LabelsMatter(PolicySnapshot snapshot, Workload workload)
    {
        var (resources, quarantined) = (snapshot.Resources.InForce.Resources, snapshot.Resources.InForce.Quarantined);
        return resources.Any(resource => Reaches(resource.Id.Namespace) && (Selects(resource.Selector) || resource.TargetReferences().Count > 0))
            || quarantined.Any(resource => Reaches(resource.Namespace) && (Selects(resource.Selector) || resource.TargetReferences.Count > 0));

        bool Reaches(string @namespace) =>
            @namespace == workload.Namespace || @namespace == snapshot.Mesh.RootNamespace || @namespace == workload.Service?.Namespace;
    }

    private static bool Selects(WorkloadSelector? selector) => selector is { MatchLabels.Count: > 0 };

    private sealed class Generation(PolicySet policies)
    {
        public PolicySet Policies { get; } = policies;

        public ConcurrentDictionary<string, WorkloadEntry?> Entries { get; } = new(StringComparer.Ordinal);
    }
}
