using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Evaluation.Clauses;
using AuthzEngine.Requests;

namespace AuthzEngine.Indexing;

/// <summary>What of a request is looked up. Each has an index of its own.</summary>
/// <param name="Reads">The attribute.</param>
internal abstract record AnchorTarget(AttributeKinds Reads)
{
    /// <summary>Makes the index.</summary>
    /// <param name="anchors">Where rules are found, by rank.</param>
    public abstract AttributeIndex Index(IReadOnlyList<KeyValuePair<Anchor, Candidate>> anchors);

    /// <summary>The texts of an attribute.</summary>
    /// <param name="Source">Where they stand.</param>
    /// <param name="IgnoreCase">Whether they are compared without case: <c>hosts</c> are, <c>request.headers[host]</c> is not.</param>
    public sealed record Text(TextSource Source, bool IgnoreCase) : AnchorTarget(Source.Reads)
    {
        public override AttributeIndex Index(IReadOnlyList<KeyValuePair<Anchor, Candidate>> anchors) =>
            new TextAttributeIndex(Source, anchors);
    }

    /// <summary>Namespace and service account within the peer's identity.</summary>
    public sealed record Account() : AnchorTarget(AttributeKinds.SourcePrincipal)
    {
        public override AttributeIndex Index(IReadOnlyList<KeyValuePair<Anchor, Candidate>> anchors) => new AccountIndex(anchors);
    }

    /// <summary>An address.</summary>
    /// <param name="Attribute">Whose.</param>
    public sealed record Address(AddressAttribute Attribute) : AnchorTarget(AddressClause.ReadsOf(Attribute))
    {
        public override AttributeIndex Index(IReadOnlyList<KeyValuePair<Anchor, Candidate>> anchors) =>
            new AddressIndex(Attribute, anchors);
    }

    /// <summary>The port of the destination.</summary>
    public sealed record DestinationPort() : AnchorTarget(AttributeKinds.DestinationPort)
    {
        public override AttributeIndex Index(IReadOnlyList<KeyValuePair<Anchor, Candidate>> anchors) => new PortIndex(anchors);
    }
}
