using AuthzEngine.Policies;

namespace AuthzEngine.Compilation;

/// <summary>Attaches AuthorizationPolicies and RequestAuthentications to workloads, authorization-policy §1.5.</summary>
public static class Attachment
{
    /// <summary>Indexes AuthorizationPolicies, or what was made of them.</summary>
    /// <typeparam name="T">What is attached.</typeparam>
    /// <param name="items">What to attach, in any order.</param>
    /// <param name="policy">The policy of an item.</param>
    /// <param name="settings">The mesh.</param>
    /// <returns>The index.</returns>
    public static Attachment<T> OfAuthorizationPolicies<T>(
        IEnumerable<T> items, Func<T, AuthorizationPolicy> policy, MeshSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new(
            items.Select(item => new Attachable<T>(item, policy(item))),
            workload => [settings.RootNamespace, workload.Namespace],
            settings);
    }

    /// <summary>Indexes RequestAuthentications.</summary>
    /// <param name="policies">What to attach, in any order.</param>
    /// <param name="settings">The mesh.</param>
    /// <returns>The index.</returns>
    public static Attachment<RequestAuthentication> OfRequestAuthentications(
        IEnumerable<RequestAuthentication> policies, MeshSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new(
            policies.Select(policy => new Attachable<RequestAuthentication>(policy, policy)),
            workload => [workload.Namespace, settings.RootNamespace],
            settings);
    }
}

/// <summary>Which resources apply to a workload. Built once; a look-up costs what may apply, not what there is.</summary>
/// <typeparam name="T">What is attached: a resource, or what was made of one.</typeparam>
public sealed class Attachment<T>
{
    private readonly Dictionary<string, NamespaceAttachment<T>> _namespaces;
    private readonly Func<Workload, IEnumerable<string>> _searched;
    private readonly bool _selectorsReachGateways;

    internal Attachment(
        IEnumerable<Attachable<T>> items, Func<Workload, IEnumerable<string>> searched, MeshSettings settings)
    {
        _searched = searched;
        _selectorsReachGateways = settings.SelectorBasedGatewayPolicy;
        _namespaces = items
            .GroupBy(item => item.Resource.Id.Namespace, StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key,
                group => new NamespaceAttachment<T>(group, isRoot: group.Key == settings.RootNamespace),
                StringComparer.Ordinal);
    }

    /// <summary>Finds what applies to a workload.</summary>
    /// <param name="workload">The workload.</param>
    /// <returns>
    /// What applies, by namespace, and within one oldest first. AuthorizationPolicies of the root namespace come before the
    /// workload's, RequestAuthentications after; those of the namespace of the service that a waypoint serves come last.
    /// </returns>
    public IReadOnlyList<T> For(Workload workload)
    {
        ArgumentNullException.ThrowIfNull(workload);
        var namespaces = workload is { Proxy: ProxyKind.Waypoint, Service: { } service }
            ? _searched(workload).Append(service.Namespace)
            : _searched(workload);
        return
        [
            .. namespaces
                .Distinct(StringComparer.Ordinal)
                .Select(name => _namespaces.GetValueOrDefault(name))
                .OfType<NamespaceAttachment<T>>()
                .SelectMany(group => group.For(workload, _selectorsReachGateways)),
        ];
    }
}
