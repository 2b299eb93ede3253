using AuthzEngine.Compilation;
using AuthzEngine.Evaluation.Clauses;

namespace AuthzEngine.Indexing;

/// <summary>Finds rules by an address.</summary>
internal sealed class AddressIndex(AddressAttribute attribute, IReadOnlyList<KeyValuePair<Anchor, Candidate>> anchors)
    : AttributeIndex(AddressClause.ReadsOf(attribute), anchors)
{
    private readonly CidrIndex<Candidate> _blocks = new(anchors
        .Where(anchor => anchor.Key.Block is not null)
        .Select(anchor => KeyValuePair.Create(anchor.Key.Block!, anchor.Value))); // just filtered

    protected override void FindKnown(ref RuleSearch search) =>
        _ = _blocks.Find(AddressClause.Read(attribute, in search.View), ref search);
}
