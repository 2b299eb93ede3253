using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Differences;

/// <summary>Workloads made up of what policies select, where nobody says which there are.</summary>
public static class AffectedWorkloads
{
    /// <summary>Makes them.</summary>
    /// <param name="resources">The policies of both sets.</param>
    /// <param name="mesh">The mesh.</param>
    /// <returns>For each namespace: a workload without labels, one for each selector, and one that has the labels of all.</returns>
    public static IReadOnlyList<Workload> Of(IEnumerable<PolicyResource> resources, MeshSettings mesh)
    {
        ArgumentNullException.ThrowIfNull(resources);
        ArgumentNullException.ThrowIfNull(mesh);
        var all = resources.ToList();
        var everywhere = all.Where(resource => resource.Id.Namespace == mesh.RootNamespace).ToList();
        var names = all.Select(resource => resource.Id.Namespace)
            .Where(name => name != mesh.RootNamespace)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();
        return
        [
            .. (names.Count == 0 ? ["default"] : names).SelectMany(name =>
                InNamespace(name, [.. all.Where(resource => resource.Id.Namespace == name), .. everywhere])),
        ];
    }

    private static IEnumerable<Workload> InNamespace(string name, List<PolicyResource> resources)
    {
        var selectors = resources.Select(resource => resource.Selector).OfType<WorkloadSelector>()
            .Select(selector => selector.MatchLabels)
            .ToList();
        var together = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (label, value) in selectors.SelectMany(labels => labels))
        {
            _ = together.TryAdd(label, value);
        }

        return new[] { new Dictionary<string, string>() }.Concat(selectors).Append(together)
            .DistinctBy(KeyOf)
            .Select(labels => new Workload { Namespace = name, Labels = labels })
            .Concat(resources.SelectMany(References).Distinct().Select(reference => Referred(name, reference)));
    }

    private static string KeyOf(IReadOnlyDictionary<string, string> labels) => string.Join(
        '\n', labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"));

    private static IEnumerable<PolicyTargetReference> References(PolicyResource resource) => resource switch
    {
        AuthorizationPolicy policy => policy.TargetRef is { } one ? policy.TargetRefs.Append(one) : policy.TargetRefs,
        RequestAuthentication policy => policy.TargetRef is { } one ? policy.TargetRefs.Append(one) : policy.TargetRefs,
        _ => [],
    };

    private static Workload Referred(string name, PolicyTargetReference reference) => new()
    {
        Namespace = name,
        Labels = new Dictionary<string, string>
        {
            [Workload.GatewayNameLabel] = reference.Kind == "Gateway" ? reference.Name : "waypoint",
        },
        Proxy = reference.Kind == "Gateway" ? ProxyKind.Gateway : ProxyKind.Waypoint,
        Service = reference.Kind switch
        {
            "Service" => new(name, reference.Name),
            "ServiceEntry" => new(name, reference.Name, ServiceRegistry.External),
            _ => null,
        },
    };
}
