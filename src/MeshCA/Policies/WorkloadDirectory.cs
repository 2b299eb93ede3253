using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;

namespace MeshCA.Policies;

/// <summary>The known workloads by the identity that proxies report as <c>destination.principal</c>.</summary>
internal sealed class WorkloadDirectory
{
    private readonly PolicySet _policies;
    private readonly FrozenDictionary<string, Workload> _byPrincipal;
    private readonly ConcurrentDictionary<string, WorkloadEntry> _entries = new(StringComparer.Ordinal);

    /// <summary>Makes the directory of a snapshot.</summary>
    /// <param name="policies">The compiled policies.</param>
    /// <param name="byPrincipal">Workloads by SPIFFE ID, scheme included.</param>
    public WorkloadDirectory(PolicySet policies, IEnumerable<KeyValuePair<string, Workload>> byPrincipal)
    {
        _policies = policies;
        _byPrincipal = byPrincipal.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Number of known workloads.</summary>
    public int Count => _byPrincipal.Count;

    /// <summary>Finds a workload and what applies to it; compiled at the first use, and never more often than there are workloads.</summary>
    /// <param name="principal">Its SPIFFE ID, scheme included.</param>
    /// <param name="entry">The workload, or null.</param>
    /// <returns>Whether it is known.</returns>
    public bool TryFind(string principal, [NotNullWhen(true)] out WorkloadEntry? entry)
    {
        if (_entries.TryGetValue(principal, out entry))
        {
            return true;
        }

        if (!_byPrincipal.TryGetValue(principal, out var workload))
        {
            return false;
        }

        entry = _entries.GetOrAdd(principal, new WorkloadEntry(workload, _policies.For(workload)));
        return true;
    }
}

/// <summary>A workload, and what applies to it.</summary>
/// <param name="Workload">The workload.</param>
/// <param name="Policies">Its policies, compiled.</param>
internal sealed record WorkloadEntry(Workload Workload, WorkloadPolicies Policies);
