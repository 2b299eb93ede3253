using AuthzEngine.Compilation;
using AuthzEngine.Matching;

namespace AuthzEngine.Analysis.Relations;

/// <summary>What is certain about two clauses. Where nothing is certain the answer is no.</summary>
internal static class ClauseRelations
{
    // Longer lists are not compared: time must not grow with the square of what somebody wrote.
    private const int MaxPairs = 250_000;

    /// <summary>Whether both read the same attribute of a request.</summary>
    public static bool ReadSame(Clause one, Clause other) => (one, other) switch
    {
        (Clause.Peer, Clause.Peer) or (Clause.Port, Clause.Port) or (Clause.Path, Clause.Path)
            or (Clause.RequestPrincipal, Clause.RequestPrincipal) => true,
        (Clause.Address left, Clause.Address right) => left.Attribute == right.Attribute,
        (Clause.Text left, Clause.Text right) => left.Attribute == right.Attribute,
        (Clause.Header left, Clause.Header right) => left.Name == right.Name,
        (Clause.Claims left, Clause.Claims right) => left.Claim.Names.SequenceEqual(right.Claim.Names),
        (Clause.Metadata left, Clause.Metadata right) => left.Filter == right.Filter && left.Key == right.Key,
        _ => false,
    };

    /// <summary>Whether the values of one match whatever those of the other match; both read the same.</summary>
    public static bool Covers(Clause wide, Clause narrow) => (wide, narrow) switch
    {
        (Clause.Peer one, Clause.Peer other) => AllCovered(one.Patterns, other.Patterns, PeerRelations.Covers),
        (Clause.Port one, Clause.Port other) => AllCovered(one.Ports, other.Ports, (a, b) => a == b),
        (Clause.Path one, Clause.Path other) => AllCovered(one.Patterns, other.Patterns, PathRelations.Covers),
        (Clause.Address one, Clause.Address other) => AllCovered(one.Blocks, other.Blocks, Covers),
        (Clause.Text one, Clause.Text other) => AllCovered(one.Patterns, other.Patterns, TextRelations.Covers),
        (Clause.Header one, Clause.Header other) => one.Lines == other.Lines && AllCovered(one.Patterns, other.Patterns, TextRelations.Covers),
        (Clause.Claims one, Clause.Claims other) => AllCovered(one.Patterns, other.Patterns, TextRelations.Covers),
        (Clause.RequestPrincipal one, Clause.RequestPrincipal other) => AllCovered(one.Patterns, other.Patterns, Covers),
        (Clause.Metadata one, Clause.Metadata other) => AllCovered(one.Patterns, other.Patterns, (a, b) => a == b),
        _ => false,
    };

    /// <summary>Whether nothing satisfies the values of both; both read the same.</summary>
    /// <remarks>Of headers, claims and metadata a request may have several values, one for each: nothing is claimed.</remarks>
    public static bool AreDisjoint(Clause one, Clause other) => (one, other) switch
    {
        (Clause.Peer left, Clause.Peer right) => AllDisjoint(left.Patterns, right.Patterns, PeerRelations.AreDisjoint),
        (Clause.Port left, Clause.Port right) => AllDisjoint(left.Ports, right.Ports, (a, b) => a != b),
        (Clause.Path left, Clause.Path right) => AllDisjoint(left.Patterns, right.Patterns, PathRelations.AreDisjoint),
        (Clause.Address left, Clause.Address right) => AllDisjoint(left.Blocks, right.Blocks, (a, b) => !Covers(a, b) && !Covers(b, a)),
        (Clause.Text left, Clause.Text right) => AllDisjoint(left.Patterns, right.Patterns, TextRelations.AreDisjoint),
        (Clause.RequestPrincipal left, Clause.RequestPrincipal right) => AllDisjoint(left.Patterns, right.Patterns, AreDisjoint),
        _ => false,
    };

    /// <summary>A clause without the values that another covers; both read the same, and are not negated.</summary>
    /// <remarks>Of headers, claims and metadata a request may have several values: one that is refused takes no other with it, nor leaves it.</remarks>
    /// <returns>Null where no value is left.</returns>
    public static Clause? WithoutCovered(Clause clause, Clause covering) => (clause, covering) switch
    {
        (Clause.Peer one, Clause.Peer other) =>
            Uncovered(one.Patterns, other.Patterns, PeerRelations.Covers) is { } left ? one with { Patterns = left } : null,
        (Clause.Port one, Clause.Port other) =>
            Uncovered(one.Ports, other.Ports, (a, b) => a == b) is { } left ? one with { Ports = left } : null,
        (Clause.Address one, Clause.Address other) =>
            Uncovered(one.Blocks, other.Blocks, Covers) is { } left ? one with { Blocks = left } : null,
        (Clause.Text one, Clause.Text other) =>
            Uncovered(one.Patterns, other.Patterns, TextRelations.Covers) is { } left ? one with { Patterns = left } : null,
        (Clause.RequestPrincipal one, Clause.RequestPrincipal other) =>
            Uncovered(one.Patterns, other.Patterns, Covers) is { } left ? one with { Patterns = left } : null,
        _ => clause,
    };

    /// <summary>Whether a clause holds for every request for which the other holds.</summary>
    public static bool Implies(Clause held, Clause asked) => ReadSame(held, asked) && (held.Negated, asked.Negated) switch
    {
        (false, false) => Covers(asked, held),
        (true, true) => Covers(held, asked),
        (false, true) => AreDisjoint(held, asked),
        (true, false) => false,
    };

    /// <summary>Whether two clauses can never hold together.</summary>
    public static bool Contradict(Clause one, Clause other) => ReadSame(one, other) && (one.Negated, other.Negated) switch
    {
        (false, false) => AreDisjoint(one, other),
        (false, true) => Covers(other, one),
        (true, false) => Covers(one, other),
        (true, true) => false,
    };

    private static bool Covers(CidrBlock wide, CidrBlock narrow) =>
        wide.PrefixLength <= narrow.PrefixLength && wide.Contains(narrow.Address);

    private static bool Covers(RequestPrincipalPattern wide, RequestPrincipalPattern narrow) => (wide, narrow) switch
    {
        (RequestPrincipalPattern.Apart one, RequestPrincipalPattern.Apart other) =>
            TextRelations.Covers(one.Issuer, other.Issuer) && TextRelations.Covers(one.Subject, other.Subject),
        _ => wide == narrow,
    };

    private static bool AreDisjoint(RequestPrincipalPattern one, RequestPrincipalPattern other) =>
        (one, other) is (RequestPrincipalPattern.Apart left, RequestPrincipalPattern.Apart right)
        && (TextRelations.AreDisjoint(left.Issuer, right.Issuer) || TextRelations.AreDisjoint(left.Subject, right.Subject));

    private static IReadOnlyList<T>? Uncovered<T>(IReadOnlyList<T> values, IReadOnlyList<T> wide, Func<T, T, bool> covers)
    {
        if (!AreComparable(values, wide))
        {
            return values;
        }

        T[] left = [.. values.Where(value => !wide.Any(other => covers(other, value)))];
        return left.Length == 0 ? null : left;
    }

    private static bool AllCovered<T>(IReadOnlyList<T> wide, IReadOnlyList<T> narrow, Func<T, T, bool> covers) =>
        AreComparable(wide, narrow) && narrow.All(value => wide.Any(other => covers(other, value)));

    private static bool AllDisjoint<T>(IReadOnlyList<T> one, IReadOnlyList<T> other, Func<T, T, bool> disjoint) =>
        AreComparable(one, other) && one.All(value => other.All(against => disjoint(value, against)));

    private static bool AreComparable<T>(IReadOnlyList<T> one, IReadOnlyList<T> other) => (long)one.Count * other.Count <= MaxPairs;
}
