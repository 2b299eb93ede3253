using AuthzEngine.Requests;

namespace AuthzEngine.Indexing;

/// <summary>Finds rules by the values of one attribute.</summary>
internal abstract class AttributeIndex
{
    private readonly AttributeKinds _reads;

    protected AttributeIndex(AttributeKinds reads, IEnumerable<KeyValuePair<Anchor, Candidate>> anchors)
    {
        _reads = reads;
        Candidates = [.. anchors.Select(anchor => Candidate.Of(anchor.Value.Rule)).Distinct()];
    }

    /// <summary>All rules that are found here, by rank.</summary>
    protected Candidate[] Candidates { get; }

    /// <summary>Shows the search the rules that a request's values lead to.</summary>
    public void Find(ref RuleSearch search)
    {
        if ((search.View.Unknown & _reads) == 0)
        {
            FindKnown(ref search);
        }
        else if (search.View.UnknownHolds)
        {
            _ = search.Visit(Candidates);
        }
    }

    protected abstract void FindKnown(ref RuleSearch search);
}
