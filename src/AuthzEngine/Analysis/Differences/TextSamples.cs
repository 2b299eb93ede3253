using AuthzEngine.Matching;

namespace AuthzEngine.Analysis.Differences;

/// <summary>Texts at the boundaries of patterns: the shortest that match, and near ones that do not.</summary>
internal static class TextSamples
{
    public static IEnumerable<string> Around(TextPattern pattern) => pattern switch
    {
        { Kind: TextMatch.Exact, Text: var text } => [text, text + "x", .. WithoutLast(text)],
        { Kind: TextMatch.Prefix, Text: var text } => [text + "x", text, .. WithoutLast(text)],
        { Kind: TextMatch.Suffix, Text: var text } => ["x" + text, text, .. WithoutFirst(text)],
        _ => ["x", ""],
    };

    public static IEnumerable<string> Around(PathPattern pattern) => pattern switch
    {
        PathPattern.Generic generic => Around(generic.Pattern),
        PathPattern.Template template =>
            [Fill(template, "x", "x/y"), Fill(template, "x", ""), Fill(template, "x/y", "x/y"), Fill(template, "x", "x") + "/x"],
        _ => [],
    };

    public static IEnumerable<string> Around(PeerPattern pattern) => pattern switch
    {
        PeerPattern.Identity { Pattern: { Kind: TextMatch.Prefix, Text: [.., '/'] } prefix } =>
            [prefix.Text + "ns/x/sa/x", .. Around(prefix)],
        PeerPattern.Identity identity => Around(identity.Pattern),
        PeerPattern.SpiffeSuffix suffix => [$"spiffe://cluster.local{suffix.Suffix}", $"spiffe://x{suffix.Suffix}x"],
        PeerPattern.InOrder pieces => OfNamespace(string.Concat(pieces.Pieces)),
        PeerPattern.ServiceAccount(var space, var name) =>
            [Account(space, name), Account(space, name + "x"), Account(space + "x", name)],
        PeerPattern.TrustDomain domain => [$"spiffe://{domain.Before}x{domain.After}/ns/x/sa/x", $"spiffe://x{domain.Before}y/ns/x/sa/x"],
        _ => [],
    };

    private static string Account(string space, string name) => $"spiffe://cluster.local/ns/{space}/sa/{name}";

    private static string[] OfNamespace(string segments) =>
        [$"spiffe://cluster.local{segments}sa/x", $"spiffe://cluster.local{segments.TrimEnd('/')}x/sa/x"];

    private static string[] WithoutLast(string text) => text.Length > 0 ? [text[..^1]] : [];

    private static string[] WithoutFirst(string text) => text.Length > 0 ? [text[1..]] : [];

    private static string Fill(PathPattern.Template template, string segment, string rest) =>
        template.Text.Replace("{**}", rest, StringComparison.Ordinal).Replace("{*}", segment, StringComparison.Ordinal);
}
