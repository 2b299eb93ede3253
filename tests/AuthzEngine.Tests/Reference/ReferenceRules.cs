using System.Text.Json;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using Match = AuthzEngine.Tests.Reference.ReferenceMatching;

namespace AuthzEngine.Tests.Reference;

/// <summary>One rule as written against one request, authorization-policy §2.6 to §2.8.</summary>
/// <param name="settings">The mesh.</param>
/// <param name="request">The request.</param>
/// <param name="peer">The peer's identity as the port's mode leaves it.</param>
/// <param name="unknown">Attributes that are unknown.</param>
/// <param name="jwtRules">Whose claims may be divided by spaces.</param>
internal sealed class ReferenceRules(
    MeshSettings settings, SampleRequest request, string? peer, AttributeKinds unknown, IReadOnlyList<JwtRule> jwtRules)
{
    private readonly string[] _trustDomains = [settings.TrustDomain, .. settings.TrustDomainAliases];

    public Truth Rule(AuthorizationPolicy policy, Rule rule)
    {
        var from = rule.From.Select(entry => Source(entry!.Source!, policy).ToList()).ToList();
        var to = rule.To.Select(entry => Operation(entry!.Operation!).ToList()).ToList();
        var when = rule.When.Select(entry => Condition(entry!, policy)).ToList();
        if (request.Protocol == RequestProtocol.Tcp)
        {
            var http = from.Concat(to).SelectMany(fields => fields).Concat(when).Any(field => field.HttpOnly);
            if (http && policy.Action == PolicyAction.Allow)
            {
                return Truth.False;
            }
        }

        return Kleene.All([AnyOf(from), AnyOf(to), .. Enforced(when)]);
    }

    private Truth AnyOf(List<List<Field>> alternatives) => alternatives.Count == 0
        ? Truth.True
        : Kleene.Any(alternatives.Select(fields => Kleene.All(Enforced(fields))));

    private IEnumerable<Truth> Enforced(IEnumerable<Field> fields) =>
        fields.Where(field => request.Protocol == RequestProtocol.Http || !field.HttpOnly).Select(field => field.Holds);

    private IEnumerable<Field> Source(Source source, AuthorizationPolicy policy) =>
    [
        Values("source.principal", source.Principals, source.NotPrincipals, policy),
        Values("request.auth.principal", source.RequestPrincipals, source.NotRequestPrincipals, policy),
        Values("source.namespace", source.Namespaces, source.NotNamespaces, policy),
        Values("source.serviceAccount", source.ServiceAccounts, source.NotServiceAccounts, policy),
        Values("source.trustDomain", source.TrustDomains, source.NotTrustDomains, policy),
        Values("source.ip", source.IpBlocks, source.NotIpBlocks, policy),
        Values("remote.ip", source.RemoteIpBlocks, source.NotRemoteIpBlocks, policy),
    ];

    private IEnumerable<Field> Operation(Operation operation) =>
    [
        Values("hosts", operation.Hosts, operation.NotHosts, null),
        Values("methods", operation.Methods, operation.NotMethods, null),
        Values("paths", operation.Paths, operation.NotPaths, null),
        Values("destination.port", operation.Ports, operation.NotPorts, null),
    ];

    private Field Condition(Condition condition, AuthorizationPolicy policy) =>
        Values(condition.Key, condition.Values, condition.NotValues, policy);

    private Field Values(string key, IReadOnlyList<string> values, IReadOnlyList<string> notValues, AuthorizationPolicy? policy)
    {
        var kind = Kind(key);
        Truth Any(IReadOnlyList<string> some) =>
            (unknown & kind) != 0 ? Truth.Unknown : Kleene.Of(some.Any(value => Matches(key, value, policy?.Id.Namespace ?? "")));
        var positive = values.Count == 0 ? Truth.True : Any(values);
        var negative = notValues.Count == 0 ? Truth.True : Kleene.Not(Any(notValues));
        var mentioned = values.Count + notValues.Count > 0;
        return new(mentioned && IsHttpOnly(key), Kleene.All([positive, negative]));
    }

    private bool Matches(string key, string value, string policyNamespace) => key switch
    {
        "source.principal" => peer is not null && Match.ExpandPrincipal(value, _trustDomains).Any(one => Match.Principal(one, peer)),
        "source.namespace" => peer is not null && Match.Namespace(value, peer),
        "source.serviceAccount" => peer is not null && Match.ServiceAccount(value, policyNamespace, peer),
        "source.trustDomain" => peer is not null && Match.ExpandTrustDomain(value, _trustDomains).Any(one => Match.TrustDomain(one, peer)),
        "source.ip" => request.SourceIp is { } address && Match.Cidr(value, address),
        "remote.ip" => request.RemoteIp is { } address && Match.Cidr(value, address),
        "destination.ip" => request.DestinationIp is { } address && Match.Cidr(value, address),
        "destination.port" => request.Port is { } port && port == int.Parse(value, System.Globalization.CultureInfo.InvariantCulture),
        "connection.sni" => Match.Generic(value, Match.Fold(request.Sni ?? "")),
        "hosts" => request.Host is { } host && Match.Generic(Match.Fold(value), Match.Fold(host), present: true),
        "methods" => request.Method is { } method && Match.Generic(value, method, present: true),
        "paths" => request.Path is { } path && Match.Path(value, path),
        "request.auth.principal" => Claim("iss") is { ValueKind: JsonValueKind.String } issuer
            && Claim("sub") is { ValueKind: JsonValueKind.String } subject
            && Match.RequestPrincipal(value, issuer.GetString()!, subject.GetString()!, settings.RequestPrincipals),
        "request.auth.audiences" => ClaimMatches(["aud"], value),
        "request.auth.presenter" => ClaimMatches(["azp"], value),
        _ when key.StartsWith("request.headers[", StringComparison.Ordinal) => Header(key[16..^1], value),
        _ when key.StartsWith("request.auth.claims[", StringComparison.Ordinal) => ClaimMatches(key[20..^1].Split("]["), value),
        _ => Match.Metadata(value, Find(request.MetadataJson, key[13..^1].Split('['))),
    };

    private bool Header(string name, string value)
    {
        switch (Match.Fold(name))
        {
            case ":method":
                return request.Method is { } method && Match.Generic(value, method, present: true);
            case ":path":
                return request.Path is { } path && Match.Generic(value, path, present: true);
            case ":authority" or "host":
                return request.Host is { } host && Match.Generic(value, host, present: true);
            case var other when request.Headers.TryGetValue(other, out var lines) && lines.Length > 0:
                return settings.RepeatedHeaders == RepeatedHeaders.Joined
                    ? Match.Generic(value, string.Join(',', lines), present: true)
                    : lines.Any(line => Match.Generic(value, line, present: true));
            default:
                return false;
        }
    }

    private bool ClaimMatches(string[] way, string value) =>
        Match.Claim(Claim(way), way.Length == 1 && IsDelimited(way[0]), text => Match.Generic(value, text));

    // The sample tokens have one accepting rule at most.
    private bool IsDelimited(string name) => name is "scope" or "permission"
        || jwtRules.Any(rule => rule.SpaceDelimitedClaims.Contains(name)
            && Claim("iss") is { ValueKind: JsonValueKind.String } issuer && issuer.GetString() == rule.Issuer);

    private JsonElement? Claim(params string[] way) => Find(request.ClaimJson, way);

    private static JsonElement? Find(string? json, string[] way)
    {
        JsonElement? at = json is null ? null : JsonDocument.Parse(json).RootElement;
        foreach (var name in way)
        {
            at = at is { ValueKind: JsonValueKind.Object } known && known.TryGetProperty(name, out var next) ? next : null;
        }

        return at;
    }

    private static bool IsHttpOnly(string key) => key is "hosts" or "methods" or "paths"
        || key.StartsWith("request.", StringComparison.Ordinal);

    private static AttributeKinds Kind(string key) => key switch
    {
        "source.principal" or "source.namespace" or "source.serviceAccount" or "source.trustDomain" => AttributeKinds.SourcePrincipal,
        "source.ip" => AttributeKinds.SourceIp,
        "remote.ip" => AttributeKinds.RemoteIp,
        "destination.ip" => AttributeKinds.DestinationIp,
        "destination.port" => AttributeKinds.DestinationPort,
        "connection.sni" => AttributeKinds.Sni,
        "hosts" or "request.headers[host]" => AttributeKinds.Host,
        "methods" or "request.headers[:method]" => AttributeKinds.Method,
        "paths" or "request.headers[:path]" => AttributeKinds.Path,
        _ when key.StartsWith("request.headers", StringComparison.Ordinal) => AttributeKinds.Headers,
        _ when key.StartsWith("request.auth", StringComparison.Ordinal) => AttributeKinds.Claims,
        _ => AttributeKinds.FilterMetadata,
    };

    private sealed record Field(bool HttpOnly, Truth Holds);
}
