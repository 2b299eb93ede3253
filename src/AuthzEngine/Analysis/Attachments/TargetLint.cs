using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Compilation;
using AuthzEngine.Diagnostics;
using AuthzEngine.Inventories;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Attachments;

/// <summary>Target references that attach to nothing, or to less than meant; authorization-policy §1.5.</summary>
internal static class TargetLint
{
    public static IEnumerable<LocatedRemark> Check(AnalyzedMesh mesh) =>
        from resource in mesh.Policies.Select(policy => (PolicyResource)policy.Source).Concat(mesh.RequestAuthentications)
        let scope = Scope.Of(resource, mesh.Settings)
        from remark in scope.Targets.Select((target, at) => Check(target, Field(resource, at), scope, mesh)).OfType<Remark>()
        select new LocatedRemark(resource.Id, remark);

    private static string Field(PolicyResource resource, int at) =>
        resource is AuthorizationPolicy { TargetRefs.Count: 0 } or RequestAuthentication { TargetRefs.Count: 0 } ? "spec.targetRef" : $"spec.targetRefs[{at}]";

    private static Remark? Check(PolicyTargetReference target, string field, Scope scope, AnalyzedMesh mesh) => target.Kind switch
    {
        "GatewayClass" => CheckClass(target, field, scope),
        "Gateway" => mesh.Inventory is { } inventory && !inventory.Workloads.Any(entry => IsGateway(entry, target, scope))
            ? NotFound(target, field, $"there is no gateway {Excerpt.Of(target.Name)} in namespace {Excerpt.Of(scope.Namespace)}")
            : null,
        "Service" => CheckService(target, field, scope, ServiceRegistry.Kubernetes, mesh.Inventory),
        "ServiceEntry" => CheckService(target, field, scope, ServiceRegistry.External, mesh.Inventory),
        _ => null,
    };

    private static Remark? CheckClass(PolicyTargetReference target, string field, Scope scope) =>
        target.Name == TargetReferences.WaypointClass && scope.IsMeshWide
            ? null
            : NotFound(target, field, $"only the GatewayClass `{TargetReferences.WaypointClass}` is attached to, and only from the root namespace");

    private static Remark? CheckService(
        PolicyTargetReference target, string field, Scope scope, ServiceRegistry registry, Inventory? inventory)
    {
        if (inventory is null)
        {
            return new(
                LintCodes.TargetNeedsWaypoint,
                field,
                $"only a waypoint of the {target.Kind} enforces this: without one nobody does, and sidecars pass it over",
                Severity: Severity.Info);
        }

        var service = new AddressedService(scope.Namespace, target.Name, registry);
        return !inventory.Services.Contains(service) && !inventory.Workloads.Any(entry => entry.Workload.Service == service)
            ? NotFound(target, field, $"namespace {Excerpt.Of(scope.Namespace)} has no {target.Kind} {Excerpt.Of(target.Name)}")
            : inventory.Workloads.Any(entry => entry.Workload is { Proxy: ProxyKind.Waypoint } workload && (workload.Service == service || workload.Service is null))
                ? null
                : new(
                    LintCodes.TargetNeedsWaypoint,
                    field,
                    $"the inventory has no waypoint for the {target.Kind}: nobody enforces this, sidecars pass it over",
                    "use `selector` for sidecars");
    }

    private static Remark NotFound(PolicyTargetReference target, string field, string reason) =>
        new(LintCodes.TargetNotFound, field, $"{reason}: the {Excerpt.Of(target.Kind)} reference attaches to nothing");

    private static bool IsGateway(InventoryWorkload entry, PolicyTargetReference target, Scope scope) =>
        entry.Workload.Namespace == scope.Namespace
        && entry.Workload.Labels.TryGetValue(Workload.GatewayNameLabel, out var name) && name == target.Name;
}
