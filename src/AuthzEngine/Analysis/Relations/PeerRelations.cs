using AuthzEngine.Matching;

namespace AuthzEngine.Analysis.Relations;

/// <summary>What is certain about two patterns on a peer's identity. Where nothing is certain the answer is no.</summary>
/// <remarks>Said of identities as Istio issues them: <c>spiffe://trust-domain/ns/namespace/sa/account</c>.</remarks>
internal static class PeerRelations
{
    private const string Scheme = "spiffe://";

    /// <summary>Whether one matches whatever the other matches.</summary>
    public static bool Covers(PeerPattern wide, PeerPattern narrow) => (wide, narrow) switch
    {
        (PeerPattern.Identity { Pattern.Kind: TextMatch.NonEmpty }, _) or (PeerPattern.Identity { Pattern: { Kind: TextMatch.Prefix, Text: Scheme } }, _) => true,
        (PeerPattern.Identity one, PeerPattern.Identity other) => TextRelations.Covers(one.Pattern, other.Pattern),
        (_, PeerPattern.Identity { Pattern: { Kind: TextMatch.Exact } exact }) => wide.Matches(exact.Text),
        (PeerPattern.InOrder { Pieces: ["/ns/", "/"] }, _) => true,
        (PeerPattern.InOrder one, PeerPattern.InOrder other) => one.Pieces.SequenceEqual(other.Pieces),
        (PeerPattern.InOrder one, _) => one.Pieces.Count == 1 && NamespaceOf(one) is { } name && name == NamespaceOf(narrow),
        (PeerPattern.SpiffeSuffix one, PeerPattern.SpiffeSuffix other) => other.Suffix.EndsWith(one.Suffix, StringComparison.Ordinal),
        (PeerPattern.ServiceAccount one, PeerPattern.ServiceAccount other) => one.Namespace == other.Namespace && one.Name == other.Name,
        (PeerPattern.TrustDomain one, PeerPattern.TrustDomain other) => one.Before == other.Before && one.After == other.After,
        _ => false,
    };

    /// <summary>Whether no identity matches both.</summary>
    public static bool AreDisjoint(PeerPattern one, PeerPattern other) => (one, other) switch
    {
        (PeerPattern.Identity left, PeerPattern.Identity right) => TextRelations.AreDisjoint(left.Pattern, right.Pattern),
        (PeerPattern.Identity { Pattern: { Kind: TextMatch.Exact } exact }, _) => !other.Matches(exact.Text),
        (_, PeerPattern.Identity { Pattern: { Kind: TextMatch.Exact } exact }) => !one.Matches(exact.Text),
        (PeerPattern.ServiceAccount left, PeerPattern.ServiceAccount right) => left.Namespace != right.Namespace || left.Name != right.Name,
        _ => NamespaceOf(one) is { } a && NamespaceOf(other) is { } b && a != b,
    };

    // The one namespace of all that match; null where several may.
    private static string? NamespaceOf(PeerPattern pattern) => pattern switch
    {
        PeerPattern.InOrder { Pieces: [['/', 'n', 's', '/', .. var name, '/']] } when !name.Contains('/', StringComparison.Ordinal) => name,
        PeerPattern.ServiceAccount account => account.Namespace,
        PeerPattern.Identity { Pattern: { Kind: TextMatch.Exact or TextMatch.Prefix } text }
            when text.Text.Split('/') is ["spiffe:", "", _, "ns", var name, _, ..] => name,
        PeerPattern.SpiffeSuffix suffix when suffix.Suffix.Split('/') is [.., _, "ns", var name, "sa", _] => name,
        _ => null,
    };
}
