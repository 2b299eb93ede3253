using AuthzEngine.Compilation;
using AuthzEngine.Evaluation.Clauses;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation;

/// <summary>A rule made ready to be evaluated; authorization-policy §2.7.</summary>
internal sealed class CompiledRule
{
    private readonly CompiledClause[][] _from;
    private readonly CompiledClause[][] _to;

    // A single alternative is no alternative: its clauses are among those that all must hold.
    private readonly CompiledClause[] _all;

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
        _from = model.From.Count < 2 ? [] : [.. model.From.Select(clauses => Compile(clauses, pool))];
        _to = model.To.Count < 2 ? [] : [.. model.To.Select(clauses => Compile(clauses, pool))];
        IReadOnlyList<Clause> only = model.From is [var from] ? from : [];
        _all = Compile([.. only, .. model.To is [var to] ? to : [], .. model.When], pool);
        Reads = Clauses
            .Aggregate(AttributeKinds.None, (kinds, clause) => kinds | clause.Reads);
    }

    public RuleModel Model { get; }

    public RuleIdentity Identity { get; }

    public int Rank { get; }

    /// <summary>The clauses that all must hold.</summary>
    public IReadOnlyList<CompiledClause> Demanded => _all;

    /// <summary>Where there are several alternatives, of <c>from</c> or of <c>to</c>: one of each must hold as a whole.</summary>
    public IEnumerable<CompiledClause[][]> Alternatives => new[] { _from, _to }.Where(alternatives => alternatives.Length > 0);

    /// <summary>All its clauses.</summary>
    public IEnumerable<CompiledClause> Clauses => _all.Concat(_from.Concat(_to).SelectMany(clauses => clauses));

    /// <summary>The attributes that it reads.</summary>
    public AttributeKinds Reads { get; }

    /// <summary>What a match of a CUSTOM rule asks, as the list of one that a decision hands out.</summary>
    public IReadOnlyList<ProviderQuestion>? Questions { get; }

    /// <summary>The name of a CUSTOM rule where nobody can be asked.</summary>
    public RuleIdentity? Misconfigured { get; }

    /// <summary>Whether the rule matches.</summary>
    /// <param name="view">The request.</param>
    /// <param name="proved">A clause that is known to hold; null: none.</param>
    public bool Matches(in RequestView view, CompiledClause? proved)
    {
        var none = default(NoObserver);
        return Matches(in view, ref none, proved);
    }

    /// <summary>Whether the rule matches.</summary>
    /// <param name="view">The request.</param>
    /// <param name="observer">Sees the clauses that are evaluated.</param>
    /// <param name="proved">A clause that is known to hold; null: none.</param>
    public bool Matches<TObserver>(in RequestView view, ref TObserver observer, CompiledClause? proved = null)
        where TObserver : struct, IRuleObserver
    {
        var all = AllHold(_all, in view, ref observer, proved);
        if (!all && !TObserver.SeesAll)
        {
            return false;
        }

        var from = AnyHolds(_from, in view, ref observer);
        if (!from && !TObserver.SeesAll)
        {
            return false;
        }

        return AnyHolds(_to, in view, ref observer) && all && from;
    }

    private static bool AnyHolds<TObserver>(CompiledClause[][] alternatives, in RequestView view, ref TObserver observer)
        where TObserver : struct, IRuleObserver
    {
        var any = alternatives.Length == 0;
        foreach (var alternative in alternatives)
        {
            any |= AllHold(alternative, in view, ref observer);
            if (any && !TObserver.SeesAll)
            {
                return true;
            }
        }

        return any;
    }

    private static bool AllHold<TObserver>(
        CompiledClause[] clauses, in RequestView view, ref TObserver observer, CompiledClause? proved = null)
        where TObserver : struct, IRuleObserver
    {
        var all = true;
        foreach (var clause in clauses)
        {
            if (ReferenceEquals(clause, proved))
            {
                continue;
            }

            var holds = clause.Holds(in view);
            observer.See(clause, in view, holds);
            all &= holds;
            if (!all && !TObserver.SeesAll)
            {
                return false;
            }
        }

        return all;
    }

    private static CompiledClause[] Compile(IReadOnlyList<Clause> clauses, ClausePool pool) => [.. clauses.Select(pool.Of)];
}
