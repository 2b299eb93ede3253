using AuthzEngine.Policies;

namespace AuthzEngine.Compilation;

/// <summary>Whether a target reference means a Gateway API gateway or waypoint, authorization-policy §1.5.</summary>
internal static class TargetReferences
{
    /// <summary>The GatewayClass that stands for every waypoint.</summary>
    public const string WaypointClass = "istio-waypoint";

    private const string GatewayGroup = "gateway.networking.k8s.io";
    private const string ServiceEntryGroup = "networking.istio.io";

    /// <summary>Whether it names a service, so that it can only be told with the addressed service whether it is meant.</summary>
    public static bool IsOfService(PolicyTargetReference reference) =>
        (reference.Group, reference.Kind) is ("" or "core", "Service") or (ServiceEntryGroup, "ServiceEntry");

    /// <summary>Whether one of some references means a workload; none means one without the label of Gateway API gateways.</summary>
    public static bool AnyMatches(
        IEnumerable<PolicyTargetReference> references, string policyNamespace, bool policyIsInRoot, Workload workload) =>
        workload.Labels.TryGetValue(Workload.GatewayNameLabel, out var gateway)
        && references.Any(reference => Match(reference, policyNamespace, policyIsInRoot, workload, gateway));

    public static bool Match(
        PolicyTargetReference reference, string policyNamespace, bool policyIsInRoot, Workload workload, string gateway) =>
        (reference.Group, reference.Kind) switch
        {
            ("" or "core", "Service") => IsService(reference, policyNamespace, workload, ServiceRegistry.Kubernetes),
            (ServiceEntryGroup, "ServiceEntry") => IsService(reference, policyNamespace, workload, ServiceRegistry.External),
            (GatewayGroup, "GatewayClass") =>
                workload.Proxy == ProxyKind.Waypoint && policyIsInRoot && reference.Name == WaypointClass,
            (GatewayGroup, "Gateway") => reference.Name == gateway && policyNamespace == workload.Namespace
                && (reference.Namespace.Length == 0 || reference.Namespace == workload.Namespace),
            _ => false,
        };

    private static bool IsService(
        PolicyTargetReference reference, string policyNamespace, Workload workload, ServiceRegistry registry) =>
        workload is { Proxy: ProxyKind.Waypoint, Service: { } service }
        && reference.Name == service.Name && policyNamespace == service.Namespace && service.Registry == registry;
}
