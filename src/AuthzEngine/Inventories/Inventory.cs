using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Inventories;

/// <summary>What there is in the mesh: the workloads that may be asked about, and what policies may name.</summary>
/// <param name="Workloads">The workloads.</param>
/// <param name="Namespaces">All namespaces, those of the workloads and services included.</param>
/// <param name="Services">The services.</param>
public sealed record Inventory(
    IReadOnlyList<InventoryWorkload> Workloads, IReadOnlyList<string> Namespaces, IReadOnlyList<AddressedService> Services)
{
    /// <summary>Workloads by SPIFFE ID, scheme included. An ID of workloads that policies could tell apart is left out.</summary>
    /// <param name="labels">The labels that policies look at (<see cref="SelectorLabels"/>); null: any.</param>
    /// <returns>Each ID with what policies see of its workload; where workloads share it, with the labels that all of them have.</returns>
    public IReadOnlyDictionary<string, Workload> ByPrincipal(IReadOnlySet<string>? labels = null)
    {
        var byPrincipal = new Dictionary<string, Workload>(StringComparer.Ordinal);
        foreach (var group in IdentifiedWorkloads())
        {
            var first = group.First();
            if (group.All(workload => IsSelectedAlike(workload, first, labels)))
            {
                byPrincipal.Add(group.Key, group.Aggregate(WithCommonLabels));
            }
        }

        return byPrincipal;
    }

    /// <summary>SPIFFE IDs of workloads that policies could tell apart: nobody can decide for these.</summary>
    /// <returns>The IDs in order.</returns>
    public IReadOnlyList<string> AmbiguousPrincipals() =>
    [
        .. from workloads in IdentifiedWorkloads()
           where !workloads.All(workload => IsSelectedAlike(workload, workloads.First(), null))
           orderby workloads.Key
           select workloads.Key,
    ];

    private IEnumerable<IGrouping<string, Workload>> IdentifiedWorkloads() =>
        from entry in Workloads
        from id in entry.SpiffeIds
        group entry.Workload by id;

    // Whatever an attachment looks at, authorization-policy §1.5.
    private static bool IsSelectedAlike(Workload a, Workload b, IReadOnlySet<string>? labels) =>
        a.Namespace == b.Namespace && a.Proxy == b.Proxy && a.Service == b.Service
        && (ReferenceEquals(a.Labels, b.Labels) || (HasLabelsOf(a, b, labels) && HasLabelsOf(b, a, labels)));

    private static bool HasLabelsOf(Workload one, Workload other, IReadOnlySet<string>? labels) => other.Labels.All(label =>
        labels?.Contains(label.Key) == false || (one.Labels.TryGetValue(label.Key, out var value) && value == label.Value));

    private static Workload WithCommonLabels(Workload one, Workload other) => HasLabelsOf(other, one, null)
        ? one
        : one with
        {
            Labels = one.Labels
                .Where(label => other.Labels.TryGetValue(label.Key, out var value) && value == label.Value)
                .ToDictionary(StringComparer.Ordinal),
        };
}

/// <summary>One workload of an inventory.</summary>
/// <param name="Name">Its name, for people.</param>
/// <param name="Workload">What policies see of it.</param>
/// <param name="SpiffeIds">Its identities, scheme included.</param>
/// <param name="Ports">Its ports; none: not known.</param>
public sealed record InventoryWorkload(
    string Name, Workload Workload, IReadOnlyList<string> SpiffeIds, IReadOnlyList<WorkloadPort> Ports);

/// <summary>A port of a workload: a container's port at a sidecar, a listener's at a gateway.</summary>
/// <param name="Number">1 to 65535.</param>
/// <param name="Protocol">Whether HTTP or TCP rules apply.</param>
public sealed record WorkloadPort(int Number, RequestProtocol Protocol);
