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
    private readonly CompiledClause[] _when;

    /// <param name="model">The rule.</param>
    /// <param name="rank">Its place among all rules by the bytes of their ids: the lower one determines a decision.</param>
    /// <param name="provider">Whom a CUSTOM rule asks; null where nobody can be asked, and for the other actions.</param>
    public CompiledRule(RuleModel model, int rank, ExtensionProvider? provider)
    {
        Model = model;
        Rank = rank;
        Questions = provider is null ? null : [new ProviderQuestion(provider, model.Identity)];
        Misconfigured = model.Identity.Action == PolicyAction.Custom ? RuleNames.Misconfigured(model.Identity) : null;
        _from = Compile(model.From);
        _to = Compile(model.To);
        _when = Compile(model.When);
        Reads = _from.Concat(_to).Append(_when).SelectMany(clauses => clauses)
            .Aggregate(AttributeKinds.None, (kinds, clause) => kinds | clause.Reads);
    }

    public RuleModel Model { get; }

    public RuleIdentity Identity => Model.Identity;

    public int Rank { get; }

    /// <summary>The attributes that it reads.</summary>
    public AttributeKinds Reads { get; }

    /// <summary>What a match of a CUSTOM rule asks, as the list of one that a decision hands out.</summary>
    public IReadOnlyList<ProviderQuestion>? Questions { get; }

    /// <summary>The name of a CUSTOM rule where nobody can be asked.</summary>
    public RuleIdentity? Misconfigured { get; }

    public bool Matches(in RequestView view)
    {
        var none = default(NoObserver);
        return Matches(in view, ref none);
    }

    public bool Matches<TObserver>(in RequestView view, ref TObserver observer)
        where TObserver : struct, IRuleObserver
    {
        var from = AnyHolds(_from, in view, ref observer);
        if (!from && !TObserver.SeesAll)
        {
            return false;
        }

        var to = AnyHolds(_to, in view, ref observer);
        if (!to && !TObserver.SeesAll)
        {
            return false;
        }

        return AllHold(_when, in view, ref observer) && from && to;
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

    private static bool AllHold<TObserver>(CompiledClause[] clauses, in RequestView view, ref TObserver observer)
        where TObserver : struct, IRuleObserver
    {
        var all = true;
        foreach (var clause in clauses)
        {
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

    private static CompiledClause[][] Compile(IReadOnlyList<IReadOnlyList<Clause>> alternatives) => [.. alternatives.Select(Compile)];

    private static CompiledClause[] Compile(IReadOnlyList<Clause> clauses) => [.. clauses.Select(CompiledClause.Of)];
}
