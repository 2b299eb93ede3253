using AuthzEngine.Admission;
using AuthzEngine.Policies;

namespace AuthzEngine.Inventories;

/// <summary>The labels by which policies can tell workloads apart: those that some selector names, and that of gateways.</summary>
public static class SelectorLabels
{
    /// <summary>Finds them.</summary>
    /// <param name="resources">What decisions are made from.</param>
    /// <returns>Names of labels.</returns>
    public static IReadOnlySet<string> Of(ResourceSet resources)
    {
        ArgumentNullException.ThrowIfNull(resources);
        var names = new HashSet<string>(StringComparer.Ordinal) { Workload.GatewayNameLabel };
        foreach (var selector in resources.Resources.Select(resource => resource.Selector).Concat(resources.Quarantined.Select(held => held.Selector)))
        {
            names.UnionWith(selector?.MatchLabels.Keys ?? []);
        }

        return names;
    }
}
