using AuthzEngine.Evaluation;
using AuthzEngine.Requests;

namespace AuthzEngine.Indexing;

/// <summary>Finds rules by namespace and service account of the peer.</summary>
internal sealed class AccountIndex(IReadOnlyList<KeyValuePair<Anchor, Candidate>> anchors)
    : AttributeIndex(AttributeKinds.SourcePrincipal, anchors)
{
    private readonly TextIndex<Candidate> _texts = TextAnchors.Index(anchors);

    protected override void FindKnown(ref RuleSearch search)
    {
        search.Texts = _texts;
        if (search.View.Peer is { } peer && !PeerText.TryReadAccounts(peer, ref search))
        {
            _ = search.Visit(Candidates);
        }
    }
}
