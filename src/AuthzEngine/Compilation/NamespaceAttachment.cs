using AuthzEngine.Policies;

namespace AuthzEngine.Compilation;

/// <summary>What can be attached, and how it names what it attaches to.</summary>
internal sealed record Attachable<T>(T Item, PolicyResource Resource)
{
    public IReadOnlyList<PolicyTargetReference> TargetReferences { get; } = Resource.TargetReferences();
}

/// <summary>The attachable resources of one namespace; authorization-policy §1.5 step 2.</summary>
internal sealed class NamespaceAttachment<T>
{
    private readonly bool _isRoot;
    private readonly SelectorIndex<Ranked> _bySelector;
    private readonly ILookup<string, Referring> _byReferredName;

    public NamespaceAttachment(IEnumerable<Attachable<T>> items, bool isRoot)
    {
        _isRoot = isRoot;
        var ranked = items
            .OrderBy(item => item.Resource, AgeOrder.OldestFirst)
            .Select((item, rank) => new Ranked(item, rank))
            .ToLookup(ranked => ranked.Attachable.TargetReferences.Count > 0);

        // A policy with target references never goes by its selector.
        _bySelector = new SelectorIndex<Ranked>([.. ranked[false]], item => item.Attachable.Resource.Selector);
        _byReferredName = ranked[true]
            .SelectMany(item => item.Attachable.TargetReferences.Select(reference => new Referring(item, reference)))
            .ToLookup(referring => referring.Reference.Name, StringComparer.Ordinal);
    }

    /// <summary>What applies to a workload, oldest first.</summary>
    public IEnumerable<T> For(Workload workload, bool selectorsReachGateways)
    {
        // The label decides, as in Istio; the kind of proxy only tells waypoints from other gateways.
        var found = !workload.Labels.TryGetValue(Workload.GatewayNameLabel, out var gateway)
            ? BySelector(workload)
            : workload.Proxy != ProxyKind.Waypoint && selectorsReachGateways
                ? BySelector(workload).Concat(ByReference(workload, gateway))
                : ByReference(workload, gateway);
        return found.Distinct().OrderBy(item => item.Rank).Select(item => item.Attachable.Item);
    }

    private IEnumerable<Ranked> BySelector(Workload workload) =>
        _bySelector.SelectsAll.Concat(_bySelector.Selecting(workload.Labels));

    private IEnumerable<Ranked> ByReference(Workload workload, string gateway) =>
        new[] { gateway, workload.Service?.Name, TargetReferences.WaypointClass }
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .SelectMany(name => _byReferredName[name])
            .Where(referring => TargetReferences.Match(
                referring.Reference, referring.Item.Attachable.Resource.Id.Namespace, _isRoot, workload, gateway))
            .Select(referring => referring.Item);

    // A class: what is found by two references is one thing.
    private sealed class Ranked(Attachable<T> attachable, int rank)
    {
        public Attachable<T> Attachable { get; } = attachable;

        public int Rank { get; } = rank;
    }

    private sealed record Referring(Ranked Item, PolicyTargetReference Reference);
}
