using System.Runtime.CompilerServices;
using AuthzEngine.Evaluation.Clauses;

namespace AuthzEngine.Evaluation;

/// <summary>What must hold for a rule to match: clauses, and of each list of alternatives one; authorization-policy §2.7.</summary>
/// <remarks>Bodies are equal that are made of the same clauses: rules that differ in their names only share one.</remarks>
internal sealed class RuleBody : IEquatable<RuleBody>
{
    // Most rules have a clause or two once one is proved: in the body itself they are a cache line nearer than in a list.
    private readonly CompiledClause? _first;
    private readonly CompiledClause? _second;
    private readonly CompiledClause[] _more;
    private readonly CompiledClause[][] _from;
    private readonly CompiledClause[][] _to;

    /// <param name="all">The clauses that all must hold.</param>
    /// <param name="from">Alternatives of <c>from</c>, where there are several.</param>
    /// <param name="to">Alternatives of <c>to</c>, where there are several.</param>
    public RuleBody(IReadOnlyList<CompiledClause> all, CompiledClause[][] from, CompiledClause[][] to)
    {
        (_first, _second) = (all.ElementAtOrDefault(0), all.ElementAtOrDefault(1));
        _more = [.. all.Skip(2)];
        (_from, _to) = (from, to);
    }

    /// <summary>The clauses that all must hold.</summary>
    public IEnumerable<CompiledClause> Demanded => new[] { _first, _second }.OfType<CompiledClause>().Concat(_more);

    /// <summary>Where there are several alternatives, of <c>from</c> or of <c>to</c>: one of each must hold as a whole.</summary>
    public IEnumerable<CompiledClause[][]> Alternatives => new[] { _from, _to }.Where(alternatives => alternatives.Length > 0);

    /// <summary>All clauses.</summary>
    public IEnumerable<CompiledClause> Clauses => Demanded.Concat(_from.Concat(_to).SelectMany(clauses => clauses));

    /// <summary>What is left to evaluate once a clause is known to hold.</summary>
    /// <param name="proved">One of the clauses that all must hold.</param>
    public RuleBody Without(CompiledClause proved) =>
        new([.. Demanded.Where(clause => !ReferenceEquals(clause, proved))], _from, _to);

    /// <summary>Whether a request is what is demanded.</summary>
    /// <param name="view">The request.</param>
    public bool Matches(in RequestView view)
    {
        var none = default(NoObserver);
        return Matches(in view, ref none);
    }

    /// <summary>Whether a request is what is demanded.</summary>
    /// <param name="view">The request.</param>
    /// <param name="observer">Sees the clauses that are evaluated.</param>
    public bool Matches<TObserver>(in RequestView view, ref TObserver observer)
        where TObserver : struct, IRuleObserver
    {
        var all = DemandedHold(in view, ref observer);
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

    public bool Equals(RuleBody? other) => other is not null && Parts().SequenceEqual(other.Parts());

    public override bool Equals(object? obj) => Equals(obj as RuleBody);

    public override int GetHashCode() => Demanded.Aggregate(
        HashCode.Combine(_from.Length, _to.Length), (hash, clause) => HashCode.Combine(hash, RuntimeHelpers.GetHashCode(clause)));

    // Clauses are pooled, so equal ones are one object; null stands between alternatives.
    private IEnumerable<CompiledClause?> Parts() => Demanded.Append<CompiledClause?>(null)
        .Concat(_from.SelectMany(clauses => clauses.Append(null))).Append(null)
        .Concat(_to.SelectMany(clauses => clauses.Append(null)));

    private bool DemandedHold<TObserver>(in RequestView view, ref TObserver observer)
        where TObserver : struct, IRuleObserver
    {
        var first = _first is null || Holds(_first, in view, ref observer);
        if (!first && !TObserver.SeesAll)
        {
            return false;
        }

        var second = _second is null || Holds(_second, in view, ref observer);
        if (!second && !TObserver.SeesAll)
        {
            return false;
        }

        return AllHold(_more, in view, ref observer) && first && second;
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
            all &= Holds(clause, in view, ref observer);
            if (!all && !TObserver.SeesAll)
            {
                return false;
            }
        }

        return all;
    }

    private static bool Holds<TObserver>(CompiledClause clause, in RequestView view, ref TObserver observer)
        where TObserver : struct, IRuleObserver
    {
        var holds = clause.Holds(in view);
        observer.See(clause, in view, holds);
        return holds;
    }
}
