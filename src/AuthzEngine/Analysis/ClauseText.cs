using System.Diagnostics;
using System.Globalization;
using AuthzEngine.Compilation;
using AuthzEngine.Matching;

namespace AuthzEngine.Analysis;

/// <summary>A clause in words: an attribute, and the patterns of which one must match it, or none.</summary>
/// <param name="Field">Path within the resource.</param>
/// <param name="Attribute">The attribute, by the name that <c>when</c> gives it where it has one.</param>
/// <param name="Negated">Whether none of the patterns may match.</param>
/// <param name="Patterns">The patterns as they are matched: trust domain aliases expanded, identities with their scheme.</param>
public sealed record ClauseText(string Field, string Attribute, bool Negated, IReadOnlyList<string> Patterns)
{
    /// <summary>Puts a clause into words.</summary>
    /// <param name="clause">The clause.</param>
    /// <returns>The words.</returns>
    public static ClauseText Of(Clause clause)
    {
        ArgumentNullException.ThrowIfNull(clause);
        return clause switch
        {
            Clause.Peer peer => New(clause, "source.principal", peer.Patterns.Select(Of)),
            Clause.Address address => New(clause, NameOf(address.Attribute), address.Blocks.Select(block => block.ToString())),
            Clause.Port port => New(
                clause, "destination.port", port.Ports.Select(number => number.ToString(CultureInfo.InvariantCulture))),
            Clause.Text text => New(clause, NameOf(text.Attribute), text.Patterns.Select(Of)),
            Clause.Path path => New(clause, "path", path.Patterns.Select(Of)),
            Clause.Header header => New(clause, $"request.headers[{header.Name}]", header.Patterns.Select(Of)),
            Clause.RequestPrincipal principal => New(clause, "request.auth.principal", principal.Patterns.Select(Of)),
            Clause.Claims claims => New(clause, NameOf(claims.Claim), claims.Patterns.Select(Of)),
            Clause.Metadata metadata => New(clause, $"experimental.{metadata.Filter}[{metadata.Key}]", metadata.Patterns.Select(Of)),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>Prints <c>attribute is a or b</c>.</summary>
    /// <returns>One line, save for what patterns hold.</returns>
    public override string ToString()
    {
        var (verb, between) = Negated ? ("is not", " nor ") : ("is", " or ");
        return $"{Attribute} {verb} {string.Join(between, Patterns.Select(pattern => $"`{pattern}`"))}";
    }

    private static ClauseText New(Clause clause, string attribute, IEnumerable<string> patterns) =>
        new(clause.Field, attribute, clause.Negated, [.. patterns]);

    private static string NameOf(ClaimPath claim) => "request.auth.claims" + string.Concat(claim.Names.Select(name => $"[{name}]"));

    private static string NameOf(AddressAttribute attribute) => attribute switch
    {
        AddressAttribute.Source => "source.ip",
        AddressAttribute.Remote => "remote.ip",
        _ => "destination.ip",
    };

    private static string NameOf(TextAttribute attribute) => attribute switch
    {
        TextAttribute.Host => "host",
        TextAttribute.Method => "method",
        TextAttribute.RawPath => "request.headers[:path]",
        _ => "connection.sni",
    };

    private static string Of(TextPattern pattern) => pattern.Kind switch
    {
        TextMatch.Exact => pattern.Text,
        TextMatch.Prefix => pattern.Text + "*",
        TextMatch.Suffix => "*" + pattern.Text,
        _ => "*",
    };

    private static string Of(PathPattern pattern) => pattern switch
    {
        PathPattern.Generic generic => Of(generic.Pattern),
        PathPattern.Template template => template.Text,
        _ => throw new UnreachableException(),
    };

    private static string Of(PeerPattern pattern) => pattern switch
    {
        PeerPattern.Identity identity => Of(identity.Pattern),
        PeerPattern.SpiffeSuffix suffix => "spiffe://*" + suffix.Suffix,
        PeerPattern.InOrder pieces => $"*{string.Join('*', pieces.Pieces)}*",
        PeerPattern.ServiceAccount account => $"spiffe://*/ns/{account.Namespace}/sa/{account.Name}",
        PeerPattern.TrustDomain domain => $"spiffe://{domain.Before}*{domain.After}/*",
        _ => throw new UnreachableException(),
    };

    private static string Of(RequestPrincipalPattern pattern) => pattern switch
    {
        RequestPrincipalPattern.Apart apart => $"{Of(apart.Issuer)}/{Of(apart.Subject)}",
        RequestPrincipalPattern.Joined joined => Of(joined.Pattern),
        _ => throw new UnreachableException(),
    };

    private static string Of(MetadataPattern pattern) => pattern.InList ? $"[{Of(pattern.Pattern)}]" : Of(pattern.Pattern);
}
