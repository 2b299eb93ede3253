using AuthzEngine.Compilation;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation.Clauses;

/// <summary>A clause made ready to be evaluated.</summary>
/// <param name="model">The clause.</param>
/// <param name="reads">The attribute that it reads.</param>
internal abstract class CompiledClause(Clause model, AttributeKinds reads)
{
    private readonly bool _negated = model.Negated;

    public Clause Model { get; } = model;

    public AttributeKinds Reads { get; } = reads;

    /// <summary>Whether the clause holds; authorization-policy §2.7 and §2.8.</summary>
    public bool Holds(in RequestView view) => (view.Unknown & Reads) != 0 ? view.UnknownHolds : Matches(in view) != _negated;

    /// <summary>The attribute's texts, for an explanation; none where it is absent.</summary>
    public abstract IReadOnlyList<string> Values(in RequestView view);

    /// <summary>Whether one of the values matches; an absent attribute matches none.</summary>
    protected abstract bool Matches(in RequestView view);

    /// <summary>Makes a clause ready.</summary>
    /// <param name="clause">The clause.</param>
    /// <param name="pool">What equal clauses share.</param>
    public static CompiledClause Of(Clause clause, ClausePool pool) => clause switch
    {
        Clause.Peer peer => new PeerClause(peer),
        Clause.Address address => new AddressClause(address),
        Clause.Port port => new PortClause(port),
        Clause.Text { Attribute: TextAttribute.Sni } sni =>
            new TextClause(sni, pool.Of(TextSource.Of(sni.Attribute)), SniPattern.Of(sni.Patterns)),
        Clause.Text text => new TextClause(text, pool.Of(TextSource.Of(text.Attribute)), text.Patterns),
        Clause.Path path => new PathClause(path),
        Clause.Header header => new TextClause(header, pool.Of(TextSource.OfHeader(header.Name, header.Lines)), header.Patterns),
        Clause.RequestPrincipal principal => new RequestPrincipalClause(principal),
        Clause.Claims claims => new TextClause(claims, pool.Of(TextSource.OfClaim(claims.Claim)), claims.Patterns),
        Clause.Metadata metadata => new MetadataClause(metadata),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
