using System.Diagnostics;
using AuthzEngine.Compilation;
using AuthzEngine.Matching;
using AuthzEngine.Requests;

namespace AuthzEngine.Tests.Spec;

/// <summary>Reads a translated rule as authorization-policy §2.7 and §2.8 say it is meant; nothing is unknown to it.</summary>
internal static class RuleInterpreter
{
    public static bool Matches(RuleModel rule, RequestAttributes request) =>
        Any(rule.From, request) && Any(rule.To, request) && rule.When.All(clause => Holds(clause, request));

    private static bool Any(IReadOnlyList<IReadOnlyList<Clause>> alternatives, RequestAttributes request) =>
        alternatives.Count == 0 || alternatives.Any(alternative => alternative.All(clause => Holds(clause, request)));

    private static bool Holds(Clause clause, RequestAttributes request) => clause.Negated ^ IsMatch(clause, request);

    private static bool IsMatch(Clause clause, RequestAttributes request) => clause switch
    {
        Clause.Peer peer => peer.Patterns.Any(pattern => request.SourcePrincipal is { } id && pattern.Matches(id)),
        Clause.Address address => address.Blocks.Any(block => block.Contains(Address(address.Attribute, request))),
        Clause.Port port => request.DestinationPort is { } number && port.Ports.Contains(number),
        Clause.Text text => Text(text.Attribute, request) is { } value && text.Patterns.Any(pattern => pattern.Matches(value)),
        Clause.Path path => request.Path?.Split('?', '#')[0] is { } value && path.Patterns.Any(pattern => pattern.Matches(value)),
        Clause.Header header => IsMatch(header, request.Headers?.Find(header.Name) ?? default),
        Clause.RequestPrincipal principal => IsMatch(principal, request.Claims),
        Clause.Claims claims => claims.Claim.Find(request.Claims) is { } value && claims.Patterns.Any(pattern => pattern.Matches(value)),
        Clause.Metadata metadata => new ClaimPath([metadata.Filter, metadata.Key]).Find(request.FilterMetadata) is { } value
            && metadata.Patterns.Any(pattern => pattern.Matches(value)),
        _ => throw new UnreachableException(),
    };

    private static bool IsMatch(Clause.Header header, HeaderLines lines) => header.Lines == Policies.RepeatedHeaders.Joined
        ? lines.Count > 0 && header.Patterns.Any(pattern => pattern.Matches(lines.Join()))
        : Enumerable.Range(0, lines.Count).Any(line => header.Patterns.Any(pattern => pattern.Matches(lines[line])));

    private static bool IsMatch(Clause.RequestPrincipal principal, ClaimValue.Struct? claims) =>
        claims?.Members.GetValueOrDefault("iss") is ClaimValue.Text(var issuer)
        && claims.Members.GetValueOrDefault("sub") is ClaimValue.Text(var subject)
        && principal.Patterns.Any(pattern => pattern.Matches(issuer, subject));

    private static IpAddress Address(AddressAttribute attribute, RequestAttributes request) => attribute switch
    {
        AddressAttribute.Source => request.SourceIp,
        AddressAttribute.Remote => request.RemoteIp,
        AddressAttribute.Destination => request.DestinationIp,
        _ => throw new UnreachableException(),
    };

    private static string? Text(TextAttribute attribute, RequestAttributes request) => attribute switch
    {
        TextAttribute.Host => request.Host,
        TextAttribute.Method => request.Method,
        TextAttribute.RawPath => request.Path,
        TextAttribute.Sni => request.Sni?.ToLowerInvariant() ?? "",
        _ => throw new UnreachableException(),
    };
}
