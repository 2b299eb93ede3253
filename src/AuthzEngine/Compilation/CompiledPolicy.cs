using AuthzEngine.Evaluation;
using AuthzEngine.Policies;

namespace AuthzEngine.Compilation;

/// <summary>A policy compiled once, however many workloads it applies to.</summary>
internal sealed class CompiledPolicy
{
    /// <param name="model">The policy, translated.</param>
    /// <param name="ordinal">Its place in the set, which tells it from every other.</param>
    /// <param name="ranks">Places of rules by their ids.</param>
    /// <param name="provider">Whom a CUSTOM policy asks; null where nobody can be asked, and for the other actions.</param>
    /// <param name="pool">What equal clauses share.</param>
    public CompiledPolicy(
        PolicyModel model, int ordinal, IReadOnlyDictionary<string, int> ranks, ExtensionProvider? provider, ClausePool pool)
    {
        Model = model;
        Provider = provider;
        Ordinal = ordinal;
        Http = [.. model.HttpRules.Select(rule => new CompiledRule(rule, ranks[rule.Identity.Id], provider, pool))];
        var http = Http.ToDictionary(rule => rule.Model, ReferenceEqualityComparer.Instance as IEqualityComparer<RuleModel>);
        Tcp =
        [
            .. model.TcpRules.Select(rule =>
                http.TryGetValue(rule, out var same) ? same : new CompiledRule(rule, ranks[rule.Identity.Id], provider, pool)),
        ];
    }

    public PolicyModel Model { get; }

    public int Ordinal { get; }

    public IReadOnlyList<CompiledRule> Http { get; }

    public IReadOnlyList<CompiledRule> Tcp { get; }

    /// <summary>Whom a CUSTOM policy asks; null unless it exists, once, and is configured well; authorization-policy §2.5.</summary>
    public ExtensionProvider? Provider { get; }

    /// <summary>Name of a CUSTOM policy's provider, as written.</summary>
    public string ProviderName => Source.Provider?.Name ?? "";

    public AuthorizationPolicy Source => Model.Source;

    public PolicyAction Action => Source.Action;

    // Only ALLOW and DENY have dry runs; admission rejects the annotation elsewhere, authorization-policy §6.1.
    public bool IsDryRun => Model.DryRun && Action is (PolicyAction.Allow or PolicyAction.Deny);

    /// <summary>How far it reaches, which decides what its rules share an index with.</summary>
    public bool HasSelector =>
        Source.Selector is { MatchLabels.Count: > 0 } || Source.TargetReferences().Count > 0;
}
