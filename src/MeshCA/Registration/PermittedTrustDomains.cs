using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using SpiffeIdentity;

namespace MeshCA.Registration;

/// <summary>The trust domains whose identities this service vouches for, and which cluster may speak for which of them; made once, at the start.</summary>
/// <remarks>
/// All of them stand under the same authorities (ADR 0010), so whoever verifies by name alone must be able to rely on the names: a
/// cluster speaks for its own trust domain and for no other, however its identity was proved.
/// </remarks>
internal sealed class PermittedTrustDomains
{
    private readonly FrozenDictionary<string, TrustDomain> _byName;
    private readonly FrozenDictionary<string, FrozenSet<TrustDomain>> _byCluster;

    private PermittedTrustDomains(TrustDomain own, IReadOnlyList<ClusterTrustDomain> clusters)
    {
        Own = own;
        Others = [.. clusters.Select(cluster => cluster.TrustDomain).Where(domain => !domain.Equals(own)).Distinct()];
        _byName = Others.Prepend(own).ToFrozenDictionary(domain => domain.Name, StringComparer.Ordinal);
        _byCluster = clusters.GroupBy(cluster => cluster.Cluster, cluster => cluster.TrustDomain, StringComparer.Ordinal)
            .ToFrozenDictionary(cluster => cluster.Key, cluster => cluster.ToFrozenSet(), StringComparer.Ordinal);
    }

    /// <summary>The mesh's own trust domain.</summary>
    public TrustDomain Own { get; }

    /// <summary>Those that clusters and token issuers add, in the order of the settings; mostly none.</summary>
    public IReadOnlyList<TrustDomain> Others { get; }

    /// <summary>The mesh's own alone.</summary>
    public static PermittedTrustDomains Only(TrustDomain own) => new(own, []);

    /// <summary>The mesh's own, and those of clusters and token issuers.</summary>
    /// <param name="own">The mesh's own.</param>
    /// <param name="clusters">What each cluster speaks for, the mesh's own where it is that; one that is not named here speaks for the mesh's own.</param>
    /// <param name="areShared">As <see cref="AreShared"/>.</param>
    public static PermittedTrustDomains Of(TrustDomain own, IEnumerable<ClusterTrustDomain> clusters, bool areShared = false) =>
        new(own, [.. clusters]) { AreShared = areShared };

    /// <summary>Whether workloads of each of them are told that the same authorities speak for the others (ADR 0010).</summary>
    public bool AreShared { get; init; }

    /// <summary>Those that a workload is told of beside its own.</summary>
    /// <param name="trustDomain">The workload's; one of them.</param>
    public IReadOnlyList<TrustDomain> SharedWith(TrustDomain trustDomain) =>
        AreShared && Contains(trustDomain) ? [.. Others.Prepend(Own).Where(other => !other.Equals(trustDomain))] : [];

    /// <summary>Whether a trust domain is one of them.</summary>
    public bool Contains(TrustDomain trustDomain) => _byName.ContainsKey(trustDomain.Name);

    /// <summary>Whether a caller is of a trust domain that the cluster which proved it speaks for.</summary>
    /// <param name="caller">The caller; proved.</param>
    /// <remarks>
    /// Also a renewal: the journal says which cluster's token stood behind the certificate, and settings may have changed since.
    /// A cluster that the settings no longer name speaks for nothing but the mesh's own trust domain.
    /// </remarks>
    public bool Permit(CallerIdentity caller) => _byCluster.TryGetValue(caller.Evidence.Cluster, out var domains)
        ? domains.Contains(caller.Id.TrustDomain)
        : caller.Id.MemberOf(Own);

    /// <summary>Finds one of them by its name.</summary>
    /// <param name="name">The name; untrusted.</param>
    /// <param name="trustDomain">The trust domain, or null.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryFind(string name, [NotNullWhen(true)] out TrustDomain? trustDomain) => _byName.TryGetValue(name, out trustDomain);
}

/// <summary>A cluster, and a trust domain that it speaks for.</summary>
/// <param name="Cluster">The cluster's configured name.</param>
/// <param name="TrustDomain">The trust domain.</param>
internal sealed record ClusterTrustDomain(string Cluster, TrustDomain TrustDomain);
