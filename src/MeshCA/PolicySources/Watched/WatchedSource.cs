using AuthzEngine.Admission;
using AuthzEngine.Inventories;
using MeshCA.Policies;

namespace MeshCA.PolicySources.Watched;

/// <summary>The policies of a cluster as sources, one each, beside the cluster as a whole. One caller at a time.</summary>
/// <remarks>
/// The cluster is a source of its own, without documents: it says whether the list of policies is known. What is gone from a list
/// that was read was deleted; before the first list everything stays that an earlier run left.
/// </remarks>
/// <param name="cluster">The cluster.</param>
/// <param name="stored">What an earlier run left.</param>
/// <param name="reader">Reads the texts.</param>
internal sealed class WatchedSource(IWatchedCluster cluster, StoredPolicies stored, SourceReader reader)
{
    private readonly IReadOnlyList<string> _earlier =
    [
        .. stored.LastGood.Select(resource => resource.Source)
            .Concat(stored.Quarantined.Select(file => file.Source))
            .Where(SourceNames.IsWatched)
            .Distinct(StringComparer.Ordinal),
    ];

    /// <summary>The policies that were read last.</summary>
    public IReadOnlyList<WatchedPolicy> Policies { get; private set; } = [];

    /// <summary>Makes readings of what is known now.</summary>
    /// <returns>A reading of each source.</returns>
    public IEnumerable<SourceReading> Read()
    {
        if (!cluster.HasSynced)
        {
            var fault = cluster.Fault ?? "its policies, pods, namespaces and services were not listed yet";
            return [reader.Fail(SourceNames.Cluster, fault), .. _earlier.Select(name => reader.Fail(name, "its cluster was not listed yet"))];
        }

        Policies = cluster.Policies.All;
        return
        [
            cluster.Fault is { } reason ? reader.Fail(SourceNames.Cluster, reason) : reader.Note(SourceNames.Cluster, []),
            .. Policies.Select(policy => reader.Read(policy.Source, policy.Id, policy.Text)),
        ];
    }

    /// <summary>What the cluster runs.</summary>
    /// <param name="trustDomain">The mesh's trust domain, where the cluster has none of its own.</param>
    /// <param name="selectors">The labels that policies look at.</param>
    /// <returns>Null until everything was listed once.</returns>
    public Inventory? Inventory(string trustDomain, IReadOnlySet<string> selectors) =>
        cluster.HasSynced ? cluster.Workloads.Inventory(cluster.TrustDomain ?? trustDomain, selectors) : null;

}
