using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Evaluation.Clauses;
using AuthzEngine.Matching;

namespace AuthzEngine.Indexing;

/// <summary>The values that a request must have one of for a clause to hold.</summary>
/// <remarks>A value may promise less than the clause demands, since the rule is evaluated afterwards; never more.</remarks>
internal static class ClauseAnchors
{
    private const string NamespaceMark = "/ns/";

    private static readonly AnchorTarget Account = new AnchorTarget.Account();

    /// <summary>Finds the values of a clause.</summary>
    /// <returns>Null where there are none: the clause is negated, or one of its values matches whatever is there.</returns>
    public static IReadOnlyList<Anchor>? Of(Clause clause) => clause.Negated ? null : clause switch
    {
        Clause.Peer peer => All(peer.Patterns, Peer),
        Clause.Address address => All(
            address.Blocks, block => new Anchor(new AnchorTarget.Address(address.Attribute), Block: block, Proves: true)),
        Clause.Port port => All(port.Ports, number => new Anchor(new AnchorTarget.DestinationPort(), Port: number, Proves: true)),
        Clause.Text { Attribute: TextAttribute.Sni } sni => Texts(TextSource.Of(sni.Attribute), SniPattern.Of(sni.Patterns)),
        Clause.Text text => Texts(TextSource.Of(text.Attribute), text.Patterns),
        Clause.Path path => All(path.Patterns, Path),
        Clause.Header header => Texts(TextSource.OfHeader(header.Name, header.Lines), header.Patterns),
        Clause.RequestPrincipal principal => All(principal.Patterns, Principal),
        Clause.Claims claims => Texts(TextSource.OfClaim(claims.Claim), claims.Patterns),
        Clause.Metadata metadata => All(metadata.Patterns, pattern => Metadata(metadata, pattern)),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>The value by which a pattern on the peer is found, if there is one.</summary>
    public static IEnumerable<Anchor> Of(PeerPattern pattern) => Options(Peer(pattern));

    /// <summary>The values by which a template is found: its literal start, its literal end.</summary>
    public static IEnumerable<Anchor> Of(PathPattern.Template template) => Options(
        template.LiteralPrefix.Length == 0 ? null : Text(new(TextKind.Path), new(TextMatch.Prefix, template.LiteralPrefix)),
        template.LiteralSuffix.Length == 0 ? null : Text(new(TextKind.Path), new(TextMatch.Suffix, template.LiteralSuffix)));

    /// <summary>The values by which a pattern on a token's principal is found: subject, issuer.</summary>
    public static IEnumerable<Anchor> Of(RequestPrincipalPattern.Apart pattern) =>
        Options(Text(new(TextKind.Subject), pattern.Subject), Text(new(TextKind.Issuer), pattern.Issuer));

    private static IEnumerable<Anchor> Options(params IEnumerable<Anchor?> anchors) => anchors.OfType<Anchor>();

    private static List<Anchor>? All<T>(IReadOnlyList<T> values, Func<T, Anchor?> anchorOf)
    {
        var anchors = new List<Anchor>(values.Count);
        foreach (var value in values)
        {
            if (anchorOf(value) is not { } anchor)
            {
                return null;
            }

            anchors.Add(anchor);
        }

        // A clause without values never holds, unless its attribute is unknown: then nothing would lead to its rule.
        return anchors.Count == 0 ? null : anchors;
    }

    private static List<Anchor>? Texts(TextSource source, IReadOnlyList<TextPattern> patterns) =>
        All(patterns, pattern => Text(source, pattern, proves: true));

    private static Anchor? Text(TextSource source, TextPattern pattern, bool proves = false) =>
        pattern.Kind is TextMatch.Present or TextMatch.NonEmpty
            ? null
            : new Anchor(
                new AnchorTarget.Text(source, pattern.IgnoreCase),
                pattern.IgnoreCase ? pattern with { Text = AsciiFolding.Lower(pattern.Text) } : pattern,
                Proves: proves);

    private static Anchor? Peer(PeerPattern pattern) => pattern switch
    {
        PeerPattern.Identity identity => Text(new(TextKind.Peer), identity.Pattern, proves: true),
        PeerPattern.SpiffeSuffix suffix => Text(new(TextKind.Peer), new(TextMatch.Suffix, suffix.Suffix)),
        PeerPattern.InOrder { Pieces: [var piece, ..] pieces } => Namespace(piece, isWhole: pieces.Count == 1),
        PeerPattern.ServiceAccount account => ServiceAccount(account),
        PeerPattern.TrustDomain { Before.Length: > 0 } domain =>
            Text(new(TextKind.Peer), new(TextMatch.Prefix, $"spiffe://{domain.Before}")),
        _ => null,
    };

    // What follows `/ns/` up to the next slash must be, or start with, what follows it in the pattern.
    private static Anchor? Namespace(string piece, bool isWhole)
    {
        var name = piece[NamespaceMark.Length..];
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var kind = isWhole || slash >= 0 ? TextMatch.Exact : TextMatch.Prefix;
        var start = slash < 0 ? name : name[..slash];
        return kind == TextMatch.Prefix && start.Length == 0 ? null : Text(new(TextKind.PeerNamespace), new(kind, start));
    }

    // Names with slashes do not validate; their pairs of segments are not what the identity is cut into.
    private static Anchor? ServiceAccount(PeerPattern.ServiceAccount account) =>
        account.Namespace.Contains('/', StringComparison.Ordinal) || account.Name.Contains('/', StringComparison.Ordinal)
            ? null
            : new Anchor(Account, new TextPattern(TextMatch.Exact, $"{account.Namespace}/{account.Name}"));

    private static Anchor? Path(PathPattern pattern) => pattern switch
    {
        PathPattern.Generic generic => Text(new(TextKind.Path), generic.Pattern, proves: true),
        PathPattern.Template template => Of(template).Cast<Anchor?>().FirstOrDefault(),
        _ => null,
    };

    // The subject is what tells principals of one issuer apart.
    private static Anchor? Principal(RequestPrincipalPattern pattern) => pattern switch
    {
        RequestPrincipalPattern.Apart apart => Of(apart).Cast<Anchor?>().FirstOrDefault(),
        RequestPrincipalPattern.Joined joined => Text(new(TextKind.JoinedPrincipal), joined.Pattern),
        _ => null,
    };

    private static Anchor? Metadata(Clause.Metadata metadata, MetadataPattern pattern) => Text(
        new(pattern.InList ? TextKind.MetadataItem : TextKind.MetadataText, metadata.Filter, metadata.Key), pattern.Pattern, proves: true);
}
