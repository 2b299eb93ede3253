
namespace AuthzEngine.Indexing;

/// <summary>Anchors that are texts.</summary>
internal static class TextAnchors
{
    public static TextIndex<Candidate> Index(IEnumerable<KeyValuePair<Anchor, Candidate>> anchors) => new([.. anchors
        .Where(anchor => anchor.Key.Pattern is not null)
        .Select(anchor => KeyValuePair.Create(anchor.Key.Pattern!, anchor.Value))]); // just filtered
}
