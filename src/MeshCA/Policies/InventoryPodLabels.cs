using System.Collections.Frozen;
using AuthzEngine.Inventories;
using MeshCA.IssuancePolicies;
using MeshCA.Registration;

namespace MeshCA.Policies;

/// <summary>The labels of pods as the inventory of workloads has them.</summary>
/// <param name="snapshots">The snapshot in force holds the inventory.</param>
internal sealed class InventoryPodLabels(IPolicySnapshots snapshots) : IPodLabels
{
    private volatile Known? _known;

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string>? Find(CallerIdentity caller)
    {
        if (snapshots.Current?.Inventory is not { } inventory)
        {
            return null;
        }

        var known = _known;
        if (known is null || !ReferenceEquals(known.Inventory, inventory))
        {
            // Of workloads that share an identity and that policies could tell apart, the inventory names none.
            _known = known = new(inventory, inventory.ByPrincipal().ToFrozenDictionary(
                workload => workload.Key, workload => workload.Value.Labels, StringComparer.Ordinal));
        }

        return known.Labels.GetValueOrDefault(caller.Id.ToString());
    }

    private sealed record Known(Inventory Inventory, FrozenDictionary<string, IReadOnlyDictionary<string, string>> Labels);
}
