using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Inventories;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace MeshCA.Policies;

/// <summary>The known workloads by the identity that proxies report as <c>destination.principal</c>.</summary>
internal sealed class WorkloadDirectory
{
    private readonly PolicySet _policies;
    private readonly FrozenDictionary<string, Workload> _byPrincipal;
    private readonly FrozenDictionary<string, FrozenDictionary<int, RequestProtocol>> _ports;
    private readonly ConcurrentDictionary<string, WorkloadEntry> _entries = new(StringComparer.Ordinal);

    /// <summary>Makes the directory of a snapshot.</summary>
    /// <param name="policies">The compiled policies.</param>
    /// <param name="byPrincipal">Workloads by SPIFFE ID, scheme included.</param>
    public WorkloadDirectory(PolicySet policies, IEnumerable<KeyValuePair<string, Workload>> byPrincipal)
        : this(policies, byPrincipal, [])
    {
    }

    private WorkloadDirectory(
        PolicySet policies, IEnumerable<KeyValuePair<string, Workload>> byPrincipal, IEnumerable<InventoryWorkload> workloads)
    {
        _policies = policies;
        _byPrincipal = byPrincipal.ToFrozenDictionary(StringComparer.Ordinal);
        _ports = workloads
            .SelectMany(workload => workload.SpiffeIds.Select(id => (Id: id, workload.Ports)))
            .GroupBy(workload => workload.Id, workload => workload.Ports, StringComparer.Ordinal)
            .ToFrozenDictionary(ports => ports.Key, ports => AgreedPorts(ports.SelectMany(port => port)), StringComparer.Ordinal);
    }

    /// <summary>Number of known workloads.</summary>
    public int Count => _byPrincipal.Count;

    /// <summary>Makes the directory of an inventory.</summary>
    /// <param name="policies">The compiled policies.</param>
    /// <param name="inventory">The workloads; of those that share an ID and that policies could tell apart, none is known.</param>
    /// <param name="labels">The labels that the policies look at; null: any.</param>
    public static WorkloadDirectory Of(PolicySet policies, Inventory inventory, IReadOnlySet<string>? labels = null) =>
        new(policies, inventory.ByPrincipal(labels), inventory.Workloads);

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

        entry = _entries.GetOrAdd(principal, new WorkloadEntry(workload, _policies.For(workload))
        {
            Ports = _ports.GetValueOrDefault(principal) ?? FrozenDictionary<int, RequestProtocol>.Empty,
        });
        return true;
    }

    // Replicas may be listed one by one; of a port on which they differ nothing is known.
    private static FrozenDictionary<int, RequestProtocol> AgreedPorts(IEnumerable<WorkloadPort> ports) => ports
        .Distinct()
        .GroupBy(port => port.Number, port => port.Protocol)
        .Where(protocols => protocols.Count() == 1)
        .ToFrozenDictionary(protocols => protocols.Key, protocols => protocols.Single());
}

/// <summary>A workload, and what applies to it.</summary>
/// <param name="Workload">The workload.</param>
/// <param name="Policies">Its policies, compiled.</param>
internal sealed record WorkloadEntry(Workload Workload, WorkloadPolicies Policies)
{
    /// <summary>What its ports speak, as far as the inventory says.</summary>
    public IReadOnlyDictionary<int, RequestProtocol> Ports { get; init; } = FrozenDictionary<int, RequestProtocol>.Empty;
}
