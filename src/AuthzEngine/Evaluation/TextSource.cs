using AuthzEngine.Compilation;
using AuthzEngine.Matching;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation;

/// <summary>Where in a request the texts stand that a clause matches; one attribute may have none, one or many.</summary>
/// <remarks>Clauses and indexes read through the same source, so an index never looks for another text than the rule sees.</remarks>
/// <param name="Kind">Which attribute.</param>
/// <param name="Name">Name of the header, or of the metadata's filter; else empty.</param>
/// <param name="Key">Key of the metadata; else empty.</param>
internal sealed record TextSource(TextKind Kind, string Name = "", string Key = "")
{
    /// <summary>The way to the claim; only for <see cref="TextKind.Claim"/>, whose name tells one way from another.</summary>
    public ClaimPath? Claim { get; private init; }

    /// <summary>The attribute, as <see cref="RequestAttributes.Unsupplied"/> knows it.</summary>
    public AttributeKinds Reads => Kind switch
    {
        TextKind.Peer or TextKind.PeerNamespace => AttributeKinds.SourcePrincipal,
        TextKind.Host => AttributeKinds.Host,
        TextKind.Method => AttributeKinds.Method,
        TextKind.RawPath or TextKind.Path => AttributeKinds.Path,
        TextKind.Sni => AttributeKinds.Sni,
        TextKind.HeaderLine or TextKind.JoinedHeader => AttributeKinds.Headers,
        TextKind.MetadataText or TextKind.MetadataItem => AttributeKinds.FilterMetadata,
        _ => AttributeKinds.Claims,
    };

    // The way to a claim is a list, which a record would compare by reference; the name says the same.
    public bool Equals(TextSource? other) => other is not null && (Kind, Name, Key) == (other.Kind, other.Name, other.Key);

    public override int GetHashCode() => HashCode.Combine(Kind, Name, Key);

    /// <summary>The source of a text attribute.</summary>
    public static TextSource Of(TextAttribute attribute) => new(attribute switch
    {
        TextAttribute.Host => TextKind.Host,
        TextAttribute.Method => TextKind.Method,
        TextAttribute.RawPath => TextKind.RawPath,
        _ => TextKind.Sni,
    });

    /// <summary>The source of a header.</summary>
    public static TextSource OfHeader(string name, RepeatedHeaders lines) =>
        new(lines == RepeatedHeaders.Joined ? TextKind.JoinedHeader : TextKind.HeaderLine, name);

    /// <summary>The source of a claim.</summary>
    public static TextSource OfClaim(ClaimPath claim) =>
        new(TextKind.Claim, string.Concat(claim.Names.Select(name => $"{name.Length}:{name}"))) { Claim = claim };

    /// <summary>Reads the texts of a request until the reader has enough.</summary>
    /// <typeparam name="TReader">The reader.</typeparam>
    /// <param name="view">The request.</param>
    /// <param name="reader">Takes the texts.</param>
    /// <returns>Whether the reader had enough; false also where the attribute is absent.</returns>
    public bool Read<TReader>(in RequestView view, ref TReader reader)
        where TReader : struct, ITextReader, allows ref struct => Kind switch
        {
            TextKind.Peer => view.Peer is { } peer && reader.Read(peer),
            TextKind.PeerNamespace => view.Peer is { } peer && PeerText.ReadNamespaces(peer, ref reader),
            TextKind.Host => view.Request.Host is { } host && reader.Read(host),
            TextKind.Method => view.Request.Method is { } method && reader.Read(method),
            TextKind.RawPath => view.Request.Path is { } target && reader.Read(target),
            TextKind.Path => view.Request.Path is not null && reader.Read(view.Path),
            TextKind.Sni => reader.Read(view.Request.Sni), // absent is the empty text, authorization-policy §2.8
            TextKind.HeaderLine => view.Headers is { } headers && ManyTexts.ReadLines(headers.Find(Name), ref reader),
            TextKind.JoinedHeader => view.Headers is { } headers && ManyTexts.ReadJoined(headers.Find(Name), ref reader),
            TextKind.MetadataText => Metadata(in view) is ClaimValue.Text(var text) && reader.Read(text),
            TextKind.MetadataItem => Metadata(in view) is ClaimValue.List(var items) && ManyTexts.ReadItems(items, ref reader),
            _ => ReadToken(in view, ref reader),
        };

    private bool ReadToken<TReader>(in RequestView view, ref TReader reader)
        where TReader : struct, ITextReader, allows ref struct => Kind switch
        {
            TextKind.Issuer => TokenText(in view, "iss") is { } issuer && reader.Read(issuer),
            TextKind.Subject => TokenText(in view, "sub") is { } subject && reader.Read(subject),
            TextKind.JoinedPrincipal => TokenText(in view, "iss") is { } issuer && TokenText(in view, "sub") is { } subject
                && ManyTexts.ReadPrincipal(issuer, subject, ref reader),
            _ => Claim!.Find(view.Claims) switch // TextKind.Claim, which always has one
            {
                ClaimValue.Text(var text) when text.Length > 0 && IsDelimited(in view) => ManyTexts.ReadWords(text, ref reader),
                ClaimValue.Text(var text) => reader.Read(text),
                ClaimValue.List(var items) => ManyTexts.ReadItems(items, ref reader),
                _ => false,
            },
        };

    // Only at the top level, authorization-policy §3.7.
    private bool IsDelimited(in RequestView view) => Claim!.Names is [var name]
        && (SpaceDelimitedClaims.IsAlways(name) || (view.Delimited is { } rules && rules.Contains(name, view.Claims!)));

    /// <summary>A string of the payload; null where there is none of that name.</summary>
    public static string? TokenText(in RequestView view, string name) =>
        view.Claims is { } claims && claims.Members.TryGetValue(name, out var value) && value is ClaimValue.Text(var text) ? text : null;

    private ClaimValue? Metadata(in RequestView view) =>
        view.Request.FilterMetadata is { } filters && filters.Members.TryGetValue(Name, out var filter)
        && filter is ClaimValue.Struct(var members) && members.TryGetValue(Key, out var value) ? value : null;
}

/// <summary>Takes the texts of an attribute, one after the other.</summary>
internal interface ITextReader
{
    /// <summary>Takes one text.</summary>
    /// <param name="text">The text; untrusted.</param>
    /// <returns>Whether this is enough.</returns>
    bool Read(scoped ReadOnlySpan<char> text);
}

/// <summary>Attributes that are texts.</summary>
internal enum TextKind
{
    /// <summary>The peer's whole identity.</summary>
    Peer,

    /// <summary>Each segment of the peer's identity between <c>/ns/</c> and the next slash.</summary>
    PeerNamespace,

    /// <summary><c>:authority</c>.</summary>
    Host,

    /// <summary><c>:method</c>.</summary>
    Method,

    /// <summary>The request target with its query.</summary>
    RawPath,

    /// <summary>The path without its query.</summary>
    Path,

    /// <summary>Server name.</summary>
    Sni,

    /// <summary>Each line of a header.</summary>
    HeaderLine,

    /// <summary>All lines of a header, joined with commas.</summary>
    JoinedHeader,

    /// <summary>Claim <c>iss</c>, a string.</summary>
    Issuer,

    /// <summary>Claim <c>sub</c>, a string.</summary>
    Subject,

    /// <summary><c>iss/sub</c>.</summary>
    JoinedPrincipal,

    /// <summary>A claim: the string, its words, or the strings of the list.</summary>
    Claim,

    /// <summary>A string of dynamic metadata.</summary>
    MetadataText,

    /// <summary>Each string of a list of dynamic metadata.</summary>
    MetadataItem,
}
