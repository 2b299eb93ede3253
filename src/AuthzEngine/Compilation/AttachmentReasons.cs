using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Compilation;

/// <summary>Says why a policy that was found not to apply to a workload does not; authorization-policy §1.5.</summary>
/// <param name="workload">The workload.</param>
/// <param name="settings">The mesh.</param>
internal sealed class AttachmentReasons(Workload workload, MeshSettings settings)
{
    private readonly string? _gateway = workload.Labels.GetValueOrDefault(Workload.GatewayNameLabel);

    private bool IsWaypoint => _gateway is not null && workload.Proxy == ProxyKind.Waypoint;

    /// <summary>Says why.</summary>
    /// <param name="policy">A policy that does not apply.</param>
    public UnattachedPolicy Of(AuthorizationPolicy policy)
    {
        var place = policy.Id.Namespace;
        var isInReach = place == settings.RootNamespace || place == workload.Namespace
            || (workload.Proxy == ProxyKind.Waypoint && place == workload.Service?.Namespace);
        var reason = isInReach ? Reason(policy) : $"policies of namespace {Excerpt.Of(place)} reach that one only";
        return new(policy.Id, policy.Action, isInReach, reason);
    }

    private string Reason(AuthorizationPolicy policy) => policy.TargetReferences() switch
    {
        { Count: > 0 } when _gateway is null =>
            $"it has targetRefs, which reach no proxy without the label `{Workload.GatewayNameLabel}`",
        { Count: > 0 } references when IsWaypoint && workload.Service is null && references.Any(TargetReferences.IsOfService) =>
            "its targetRefs name services, and the one that the request addresses is not said",
        { Count: > 0 } => "none of its targetRefs means the workload",
        _ when IsWaypoint => "it has no targetRefs, and a waypoint uses no other policies",
        _ when _gateway is not null && !settings.SelectorBasedGatewayPolicy =>
            "it has no targetRefs, and selectors do not reach gateways of the Gateway API here",
        _ => Label(policy.Selector!), // all others without a selector apply
    };

    private string Label(WorkloadSelector selector)
    {
        var (key, wanted) = selector.MatchLabels
            .OrderBy(label => label.Key, StringComparer.Ordinal)
            .First(label => workload.Labels.GetValueOrDefault(label.Key) != label.Value);
        var has = workload.Labels.TryGetValue(key, out var value) ? Excerpt.Of(value) : "no such label";
        return $"its selector wants the label {Excerpt.Of(key)} to be {Excerpt.Of(wanted)}, and the workload has {has}";
    }
}
