using AuthzEngine.Admission;
using AuthzEngine.Policies;

namespace AuthzEngine.Compilation;

/// <summary>Which workloads invalid resources hold shut.</summary>
internal sealed class Quarantine(IReadOnlyList<QuarantinedResource> resources, MeshSettings settings)
{
    private readonly ILookup<string, QuarantinedResource> _byNamespace =
        resources.ToLookup(resource => resource.Namespace, StringComparer.Ordinal);

    /// <summary>What holds a workload shut, as the identity of the whole resource; null for one whose name could not be read.</summary>
    public IEnumerable<RuleIdentity?> For(Workload workload)
    {
        string?[] namespaces = [settings.RootNamespace, workload.Namespace, workload.Service?.Namespace];
        return namespaces.OfType<string>().Distinct(StringComparer.Ordinal)
            .SelectMany(name => _byNamespace[name])
            .Where(resource => Names(resource, workload))
            .Select(resource => resource.Id is { } id ? new RuleIdentity(id.ToString(), id, -1, PolicyAction.Deny) : null);
    }

    /// <summary>Whether something might hold a waypoint shut if it were known which service is addressed.</summary>
    public bool HangsOnService(Workload waypoint) => resources.Any(resource => resource.TargetReferences.Count > 0
        ? waypoint.Labels.ContainsKey(Workload.GatewayNameLabel) && resource.TargetReferences.Any(TargetReferences.IsOfService)
        : resource.Namespace != settings.RootNamespace && resource.Namespace != waypoint.Namespace);

    private bool Names(QuarantinedResource resource, Workload workload) => resource.TargetReferences.Count > 0
        ? TargetReferences.AnyMatches(
            resource.TargetReferences, resource.Namespace, resource.Namespace == settings.RootNamespace, workload)
        : Selects(resource.Selector, workload);

    private static bool Selects(WorkloadSelector? selector, Workload workload) => selector is null
        || selector.MatchLabels.All(pair => workload.Labels.TryGetValue(pair.Key, out var value) && value == pair.Value);
}
