using AuthzEngine.Evaluation;

namespace AuthzEngine.Compilation;

/// <summary>Clauses are equal that stand at the same place of their policies and say the same.</summary>
internal sealed class ClauseComparer : IEqualityComparer<Clause>
{
    public static ClauseComparer Instance { get; } = new();

    public bool Equals(Clause? x, Clause? y)
    {
        if (x is null || y is null || x.GetType() != y.GetType() || x.Negated != y.Negated || x.Field != y.Field)
        {
            return ReferenceEquals(x, y);
        }

        return Attribute(x).Equals(Attribute(y)) && Values(x).SequenceEqual(Values(y));
    }

    public int GetHashCode(Clause obj)
    {
        var hash = new HashCode();
        hash.Add(obj.Field, StringComparer.Ordinal);
        hash.Add(Attribute(obj));
        foreach (var value in Values(obj))
        {
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    // What the clause reads, where its type does not say so already.
    private static object Attribute(Clause clause) => clause switch
    {
        Clause.Address address => address.Attribute,
        Clause.Text text => text.Attribute,
        Clause.Header header => (header.Name, header.Lines),
        Clause.Claims claims => TextSource.OfClaim(claims.Claim),
        Clause.Metadata metadata => (metadata.Filter, metadata.Key),
        _ => "",
    };

    private static IEnumerable<object> Values(Clause clause) => clause switch
    {
        Clause.Peer peer => peer.Patterns,
        Clause.Address address => address.Blocks,
        Clause.Port port => port.Ports.Cast<object>(),
        Clause.Text text => text.Patterns,
        Clause.Path path => path.Patterns,
        Clause.Header header => header.Patterns,
        Clause.RequestPrincipal principal => principal.Patterns,
        Clause.Claims claims => claims.Patterns,
        Clause.Metadata metadata => metadata.Patterns,
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
