using AuthzEngine.Analysis.Relations;
using AuthzEngine.Compilation;

namespace AuthzEngine.Analysis.Reachability;

/// <summary>Takes what DENY rules refuse off what an ALLOW rule allows, as far as that can be said exactly.</summary>
/// <remarks>
/// Exactly: an alternative of the peer that a DENY covers, a value that it covers, and nothing where both can never hold together.
/// What is left of a DENY after that is an exception, which is named and not worked in.
/// </remarks>
/// <param name="denied">What is left of the DENY rules.</param>
internal sealed class DenySubtraction(IReadOnlyList<Residue> denied)
{
    private readonly HashSet<RuleIdentity> _exceptions = [];

    /// <summary>The DENY rules that are an exception of some rule; of all that were subtracted from so far.</summary>
    public IReadOnlyCollection<RuleIdentity> Exceptions => _exceptions;

    /// <summary>Takes them off an ALLOW rule.</summary>
    /// <param name="allowed">What is left of the rule.</param>
    /// <returns>What it still allows, with its exceptions; null: nothing.</returns>
    public ReachingRule? From(Residue allowed)
    {
        var left = allowed;
        var exceptions = new List<RuleIdentity>();
        foreach (var deny in denied)
        {
            var parts = deny.Parts();
            foreach (var part in parts ?? [])
            {
                if (Subtract(left, part) is not { } rest)
                {
                    return null;
                }

                left = rest;
            }

            if (parts is null || parts.Any(part => MayHold(left, part)))
            {
                exceptions.Add(deny.Rule);
            }
        }

        _exceptions.UnionWith(exceptions);
        return left.ToWords() with { Exceptions = exceptions };
    }

    private static Residue? Subtract(Residue allowed, IReadOnlyList<Clause> denied)
    {
        // A DENY of one clause refuses values; one of several refuses only where all hold, so no value alone.
        var refused = denied is [{ Negated: false } only] ? only : null;
        if (Without(allowed.When, refused) is not { } when)
        {
            return null;
        }

        if (allowed.From.Count == 0)
        {
            return Covers(denied, [], allowed) ? null : allowed with { When = when };
        }

        var from = allowed.From.Where(peer => !Covers(denied, peer, allowed))
            .Select(peer => Without(peer, refused)).OfType<IReadOnlyList<Clause>>().ToList();
        return from.Count == 0 ? null : allowed with { From = from, When = when };
    }

    // Null where a clause has no value left.
    private static IReadOnlyList<Clause>? Without(IReadOnlyList<Clause> clauses, Clause? refused)
    {
        if (refused is null)
        {
            return clauses;
        }

        var left = clauses.Select(clause => clause.Negated || !ClauseRelations.ReadSame(clause, refused)
            ? clause
            : ClauseRelations.WithoutCovered(clause, refused)).ToList();
        return left.Contains(null) ? null : [.. left.OfType<Clause>()];
    }

    private static bool Covers(IReadOnlyList<Clause> denied, IReadOnlyList<Clause> peer, Residue allowed) => denied.All(asked =>
        peer.Concat(allowed.When).Any(held => ClauseRelations.Implies(held, asked))
        || (allowed.To.Count > 0 && allowed.To.All(rest => rest.Any(held => ClauseRelations.Implies(held, asked)))));

    private static bool MayHold(Residue allowed, IReadOnlyList<Clause> denied) =>
        !Contradicts(allowed.When, denied)
        && (allowed.From.Count == 0 || allowed.From.Any(peer => !Contradicts(peer, denied)))
        && (allowed.To.Count == 0 || allowed.To.Any(rest => !Contradicts(rest, denied)));

    private static bool Contradicts(IReadOnlyList<Clause> held, IReadOnlyList<Clause> denied) =>
        held.Any(clause => denied.Any(other => ClauseRelations.Contradict(clause, other)));
}
