using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using MeshCA.Authentication.Tokens;

namespace MeshCA.Authentication.Keys;

/// <summary>All issuers with their keys, found by the cluster a call names and the <c>iss</c> of its token.</summary>
internal sealed class IssuerDirectory
{
    private readonly FrozenDictionary<string, IssuerSet> _byCluster;

    public IssuerDirectory(IReadOnlyList<TokenIssuer> issuers)
    {
        Rings = [.. issuers.Select(issuer => new IssuerKeyRing(issuer))];
        var clusters = from ring in Rings group ring by ring.Issuer.ClusterId into cluster select cluster;
        var byName = new Dictionary<string, IssuerSet>(StringComparer.Ordinal) { [""] = new(Rings) };
        foreach (var cluster in clusters)
        {
            var set = new IssuerSet([.. cluster]);
            foreach (var name in cluster.SelectMany(ring => ring.Issuer.ClusterAliases).Append(cluster.Key))
            {
                byName[name] = set;
            }
        }

        _byCluster = byName.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Every issuer's keys.</summary>
    public IReadOnlyList<IssuerKeyRing> Rings { get; }

    /// <summary>Finds the issuers of a cluster.</summary>
    /// <param name="clusterId">Its name or alias; empty for all issuers; untrusted.</param>
    /// <param name="issuers">The issuers, or null.</param>
    public bool TryFind(string clusterId, [NotNullWhen(true)] out IssuerSet? issuers) =>
        _byCluster.TryGetValue(clusterId, out issuers);
}

/// <summary>The issuers that may vouch for a call. Compared by reference.</summary>
internal sealed class IssuerSet(IReadOnlyList<IssuerKeyRing> rings)
{
    private readonly ILookup<string, IssuerKeyRing> _byUrl =
        rings.ToLookup(ring => ring.Issuer.Url, StringComparer.Ordinal);

    /// <summary>The issuers with this <c>iss</c>; several only where clusters share a URL and the call names no cluster.</summary>
    public IEnumerable<IssuerKeyRing> WithUrl(string url) => _byUrl[url];
}
