using AuthzEngine.Evaluation;

namespace AuthzEngine.Indexing;

/// <summary>Finds rules by texts.</summary>
internal sealed class TextAttributeIndex(TextSource source, IReadOnlyList<KeyValuePair<Anchor, Candidate>> anchors)
    : AttributeIndex(source.Reads, anchors)
{
    private readonly TextIndex<Candidate> _texts = TextAnchors.Index(anchors);

    protected override void FindKnown(ref RuleSearch search)
    {
        search.Texts = _texts;
        _ = source.Read(in search.View, ref search);
    }
}
