using System.Net;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Formats.Tests.Rbac;

/// <summary>A request as a proxy's RBAC filters see it, wire.md §4: headers, addresses and metadata.</summary>
internal sealed class EnvoyRequest
{
    private readonly RequestAttributes _request;
    private readonly RepeatedHeaders _lines;

    public EnvoyRequest(in RequestAttributes request, RepeatedHeaders lines = RepeatedHeaders.Individually) =>
        (_request, _lines) = (request, lines);

    public string? Peer => _request.SourcePrincipal;

    public IPAddress? DirectRemote => Parse(_request.SourceIp);

    public IPAddress? Remote => Parse(_request.RemoteIp);

    public IPAddress? Local => Parse(_request.DestinationIp);

    public int? LocalPort => _request.DestinationPort;

    // Stored in lower case; absent is empty.
    public string ServerName => (_request.Sni ?? "").ToLowerInvariant();

    public string? Path => _request.Path?.Split('?', '#')[0];

    /// <summary>The texts that a header matcher tries; null where there is no such header.</summary>
    public IReadOnlyList<string>? Header(string name)
    {
        var pseudo = name switch
        {
            ":authority" => _request.Host,
            ":method" => _request.Method,
            ":path" => _request.Path,
            _ => null,
        };
        if (pseudo is not null || name is ":authority" or ":method" or ":path")
        {
            return pseudo is null ? null : [pseudo];
        }

        var lines = _request.Headers?.Find(name) ?? default;
        var texts = Enumerable.Range(0, lines.Count).Select(at => lines[at]).ToList();
        return texts.Count == 0 ? null : _lines == RepeatedHeaders.Joined ? [string.Join(',', texts)] : texts;
    }

    /// <summary>Dynamic metadata of a filter.</summary>
    public ClaimValue? Metadata(string filter) => filter switch
    {
        "envoy.filters.http.jwt_authn" => Payload() is { } payload ? Object("payload", payload) : null,
        "istio_authn" => JoinedPrincipal() is { } text ? Object("request.auth.principal", new ClaimValue.Text(text)) : null,
        _ => _request.FilterMetadata?.Members.GetValueOrDefault(filter),
    };

    // The filter that verifies tokens splits these claims before it stores them, authorization-policy §3.7.
    private ClaimValue.Struct? Payload() => _request.Claims is not { } claims
        ? null
        : new(claims.Members.ToDictionary(
            member => member.Key,
            member => member is { Key: "scope" or "permission", Value: ClaimValue.Text({ Length: > 0 } text) }
                ? new ClaimValue.List([.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => new ClaimValue.Text(word))])
                : member.Value));

    private string? JoinedPrincipal() =>
        _request.Claims is { } claims
        && claims.Members.GetValueOrDefault("iss") is ClaimValue.Text(var issuer)
        && claims.Members.GetValueOrDefault("sub") is ClaimValue.Text(var subject)
            ? $"{issuer}/{subject}"
            : null;

    private static ClaimValue.Struct Object(string name, ClaimValue value) => new(new Dictionary<string, ClaimValue> { [name] = value });

    private static IPAddress? Parse(IpAddress address) => address.IsPresent ? IPAddress.Parse(address.ToString()) : null;
}
