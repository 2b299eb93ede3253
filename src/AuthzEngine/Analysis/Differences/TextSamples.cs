using AuthzEngine.Matching;

namespace AuthzEngine.Analysis.Differences;

/// <summary>Texts at the boundaries of patterns: the shortest that match, and near ones that do not.</summary>
internal static class TextSamples
{
    public static IEnumerable<string> Around(TextPattern pattern)
    {
        IEnumerable<string> texts = pattern.Kind switch
        {
            TextMatch.Exact => [pattern.Text, pattern.Text + "x", .. Shorter(pattern.Text)],
            TextMatch.Prefix => [pattern.Text + "x", pattern.Text, .. Shorter(pattern.Text)],
            TextMatch.Suffix => ["x" + pattern.Text, pattern.Text, .. pattern.Text.Length > 0 ? [pattern.Text[1..]] : Array.Empty<string>()],
            _ => ["x", ""],
        };
        return texts;
    }

    public static IEnumerable<string> Around(PathPattern pattern) => pattern switch
    {
        PathPattern.Generic generic => Around(generic.Pattern),
        PathPattern.Template template => [Fill(template, "x", "x/y"), Fill(template, "x", ""), Fill(template, "x/y", "x/y"), Fill(template, "x", "x") + "/x"],
        _ => [],
    };

    public static IEnumerable<string> Around(PeerPattern pattern) => pattern switch
    {
        PeerPattern.Identity { Pattern.Kind: TextMatch.Prefix or TextMatch.NonEmpty } identity =>
            [.. identity.Pattern.Text.EndsWith('/') ? [identity.Pattern.Text + "ns/x/sa/x"] : Array.Empty<string>(), .. Around(identity.Pattern)],
        PeerPattern.Identity identity => Around(identity.Pattern),
        PeerPattern.SpiffeSuffix suffix => [$"spiffe://cluster.local{suffix.Suffix}", $"spiffe://x{suffix.Suffix}x"],
        PeerPattern.InOrder pieces => [$"spiffe://cluster.local{string.Concat(pieces.Pieces)}sa/x", $"spiffe://cluster.local{string.Concat(pieces.Pieces).TrimEnd('/')}x/sa/x"],
        PeerPattern.ServiceAccount account => [Account(account.Namespace, account.Name), Account(account.Namespace, account.Name + "x"), Account(account.Namespace + "x", account.Name)],
        PeerPattern.TrustDomain domain => [$"spiffe://{domain.Before}x{domain.After}/ns/x/sa/x", $"spiffe://x{domain.Before}y/ns/x/sa/x"],
        _ => [],
    };

    private static string Account(string space, string name) => $"spiffe://cluster.local/ns/{space}/sa/{name}";

    private static string[] Shorter(string text) => text.Length > 0 ? [text[..^1]] : [];

    private static string Fill(PathPattern.Template template, string segment, string rest) =>
        template.Text.Replace("{**}", rest, StringComparison.Ordinal).Replace("{*}", segment, StringComparison.Ordinal);
}
