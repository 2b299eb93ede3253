using AuthzEngine.Compilation;

namespace AuthzEngine.Analysis.Reachability;

/// <summary>What is left of a rule once all is evaluated that is known of the operation.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="From">Alternatives of the peer, each a conjunction; none: any.</param>
/// <param name="To">Alternatives of what is not said of the operation, each a conjunction; none: any.</param>
/// <param name="When">Conditions, all of which must hold.</param>
internal sealed record Residue(
    RuleIdentity Rule,
    IReadOnlyList<IReadOnlyList<Clause>> From,
    IReadOnlyList<IReadOnlyList<Clause>> To,
    IReadOnlyList<Clause> When)
{
    // Beyond this many a rule is not taken apart: its parts would be its alternatives of both kinds multiplied.
    private const int MaxParts = 256;

    /// <summary>The conjunctions of which one must hold; null where they are too many to be told.</summary>
    public IReadOnlyList<IReadOnlyList<Clause>>? Parts() => (long)Math.Max(1, From.Count) * Math.Max(1, To.Count) > MaxParts
        ? null
        : [.. from peer in Any(From) from rest in Any(To) select (IReadOnlyList<Clause>)[.. peer, .. rest, .. When]];

    /// <summary>Puts it into words.</summary>
    public ReachingRule ToWords() => new(Rule, Words(From), Words(To), [.. When.Select(ClauseText.Of)]);

    private static List<List<ClauseText>> Words(IReadOnlyList<IReadOnlyList<Clause>> alternatives) =>
        [.. alternatives.Select(clauses => clauses.Select(ClauseText.Of).ToList())];

    private static IReadOnlyList<IReadOnlyList<Clause>> Any(IReadOnlyList<IReadOnlyList<Clause>> alternatives) =>
        alternatives.Count == 0 ? [[]] : alternatives;
}
