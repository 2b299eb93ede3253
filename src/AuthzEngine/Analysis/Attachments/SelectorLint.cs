using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;
using AuthzEngine.Inventories;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Attachments;

/// <summary>Selectors that no workload of the inventory has, or only workloads whose proxies pass selectors over; §1.5 and §7.1.</summary>
internal static class SelectorLint
{
    private const string Field = "spec.selector.matchLabels";

    public static IEnumerable<LocatedRemark> Check(AnalyzedMesh mesh) => mesh.Inventory is not { } inventory
        ? []
        : from resource in mesh.Policies.Select(policy => (PolicyResource)policy.Source).Concat(mesh.RequestAuthentications).Concat(mesh.PeerAuthentications)
          let scope = Scope.Of(resource, mesh.Settings)
          where scope is { Targets.Count: 0, Labels.Count: > 0 }
          let remark = Check(resource, scope, inventory, mesh)
          where remark is not null
          select new LocatedRemark(resource.Id, remark);

    private static Remark? Check(PolicyResource resource, Scope scope, Inventory inventory, AnalyzedMesh mesh)
    {
        var selected = inventory.Workloads.Where(entry => Selects(scope, entry.Workload)).ToList();
        if (selected.Count == 0)
        {
            return new(
                LintCodes.SelectorMatchesNothing,
                Field,
                $"no workload {(scope.IsMeshWide ? "of the inventory" : "that the inventory has in namespace " + Excerpt.Of(scope.Namespace))} has these labels",
                Nearest(scope, inventory));
        }

        var ignoring = resource is PeerAuthentication || mesh.WorkloadsOf(resource).Count > 0
            ? []
            : selected.Where(entry => entry.Workload.Labels.ContainsKey(Workload.GatewayNameLabel)).ToList();
        return ignoring.Count == 0
            ? null
            : new(
                LintCodes.SelectorIgnored,
                "spec.selector",
                $"the proxy of {Excerpt.Of(ignoring[0].Name)} passes selectors over: nobody enforces this",
                "attach by `targetRefs`");
    }

    private static bool Selects(Scope scope, Workload workload) =>
        (scope.IsMeshWide || scope.Namespace == workload.Namespace)
        && scope.Labels.All(label => workload.Labels.TryGetValue(label.Key, out var value) && value == label.Value);

    private static string? Nearest(Scope scope, Inventory inventory) => inventory.Workloads
        .Where(entry => scope.IsMeshWide || entry.Workload.Namespace == scope.Namespace)
        .SelectMany(entry => entry.Workload.Labels.Where(label => scope.Labels.ContainsKey(label.Key)))
        .Select(label => Excerpt.Of($"{label.Key}: {label.Value}"))
        .Distinct(StringComparer.Ordinal)
        .Order(StringComparer.Ordinal)
        .Take(5)
        .ToList() is { Count: > 0 } known
            ? $"workloads there have {string.Join(", ", known)}"
            : null;
}
