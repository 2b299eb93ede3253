using AuthzEngine.Compilation;
using AuthzEngine.Inventories;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Subjects;

/// <summary>An AuthorizationPolicy as lints see it.</summary>
/// <param name="Source">The policy; valid.</param>
/// <param name="Rules">Its rules.</param>
/// <param name="Mesh">What it stands among.</param>
internal sealed record AnalyzedPolicy(AuthorizationPolicy Source, IReadOnlyList<WrittenRule> Rules, AnalyzedMesh Mesh)
{
    /// <summary>Whom it concerns.</summary>
    public Scope Scope { get; } = Scope.Of(Source, Mesh.Settings);

    /// <summary>Its action.</summary>
    public PolicyAction Action => Source.Action;

    /// <summary>Whether it decides: it is no dry run, and no mark.</summary>
    public bool IsEnforced { get; } = !DryRun.IsMarked(Source) && Source.Action != PolicyAction.Audit;

    /// <summary>The workloads of the inventory that it applies to; null without inventory.</summary>
    public IReadOnlyList<InventoryWorkload>? Workloads => Mesh.Inventory is null ? null : Mesh.WorkloadsOf(Source);

    /// <summary>The modes of the workloads that it applies to; without inventory that of one that has just the labels selected.</summary>
    public IEnumerable<EffectiveMutualTls> Modes => Workloads is { } workloads
        ? workloads.Select(entry => Mesh.Modes.For(entry.Workload))
        : [Mesh.Modes.For(new() { Namespace = Source.Id.Namespace, Labels = Scope.Labels })];
}
