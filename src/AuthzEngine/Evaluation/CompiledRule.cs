using AuthzEngine.Compilation;
using AuthzEngine.Evaluation.Clauses;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation;

/// <summary>A rule made ready to be evaluated; authorization-policy §2.7.</summary>
internal sealed class CompiledRule
{
    /// <param name="model">The rule.</param>
    /// <param name="rank">Its place among all rules by the bytes of their ids: the lower one determines a decision.</param>
    /// <param name="provider">Whom a CUSTOM rule asks; null where nobody can be asked, and for the other actions.</param>
    /// <param name="pool">What equal clauses share.</param>
    public CompiledRule(RuleModel model, int rank, ExtensionProvider? provider, ClausePool pool)
    {
        Model = model;
        Rank = rank;
        Questions = provider is null ? null : [new ProviderQuestion(provider, model.Identity)];
        Misconfigured = model.Identity.Action == PolicyAction.Custom ? RuleNames.Misconfigured(model.Identity) : null;
        Identity = model.Identity;

        // A single alternative is no alternative: its clauses are among those that all must hold.
        IReadOnlyList<Clause> only = model.From is [var from] ? from : [];
        Body = new(
            Compile([.. only, .. model.To is [var to] ? to : [], .. model.When], pool),
            model.From.Count < 2 ? [] : [.. model.From.Select(clauses => Compile(clauses, pool))],
            model.To.Count < 2 ? [] : [.. model.To.Select(clauses => Compile(clauses, pool))]);
        Reads = Body.Clauses.Aggregate(AttributeKinds.None, (kinds, clause) => kinds | clause.Reads);
    }

    public RuleModel Model { get; }

    public RuleIdentity Identity { get; }

    public int Rank { get; }

    /// <summary>What must hold for it to match.</summary>
    public RuleBody Body { get; }

    /// <summary>The attributes that it reads.</summary>
    public AttributeKinds Reads { get; }

    /// <summary>What a match of a CUSTOM rule asks, as the list of one that a decision hands out.</summary>
    public IReadOnlyList<ProviderQuestion>? Questions { get; }

    /// <summary>The name of a CUSTOM rule where nobody can be asked.</summary>
    public RuleIdentity? Misconfigured { get; }

    private static CompiledClause[] Compile(IReadOnlyList<Clause> clauses, ClausePool pool) => [.. clauses.Select(pool.Of)];
}
