using System.Collections.Immutable;
using AuthzEngine.Requests;

namespace AuthzEngine.Analysis.Differences;

/// <summary>A request that was made up to find out whether two sets of policies decide it alike.</summary>
public sealed record ProbeRequest : IRequestHeaders
{
    /// <summary>Whether HTTP or TCP rules apply.</summary>
    public RequestProtocol Protocol { get; init; }

    /// <summary>The peer's identity; null: none.</summary>
    public string? Peer { get; init; }

    /// <summary>Address of the direct peer.</summary>
    public IpAddress SourceIp { get; init; }

    /// <summary>Address of the original client.</summary>
    public IpAddress RemoteIp { get; init; }

    /// <summary>Address of the destination.</summary>
    public IpAddress DestinationIp { get; init; }

    /// <summary>Port of the destination; null: none.</summary>
    public int? Port { get; init; }

    /// <summary>Server name; null: none.</summary>
    public string? Sni { get; init; }

    /// <summary>Method.</summary>
    public string? Method { get; init; }

    /// <summary>Path.</summary>
    public string? Path { get; init; }

    /// <summary>Host.</summary>
    public string? Host { get; init; }

    /// <summary>Headers by name in lower case, one line each.</summary>
    public ImmutableSortedDictionary<string, string> Headers { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Payload of the token; null: none.</summary>
    public ClaimValue.Struct? Claims { get; init; }

    /// <summary>Dynamic metadata by filter, then key; null: none.</summary>
    public ClaimValue.Struct? Metadata { get; init; }

    /// <summary>What an engine takes.</summary>
    public RequestAttributes Attributes => new()
    {
        Protocol = Protocol,
        SourcePrincipal = Peer,
        SourceIp = SourceIp,
        RemoteIp = RemoteIp,
        DestinationIp = DestinationIp,
        DestinationPort = Port,
        Sni = Sni,
        Method = Method,
        Path = Path,
        Host = Host,
        Headers = this,
        Token = Claims is null ? TokenState.Absent : TokenState.Verified,
        Claims = Claims,
        FilterMetadata = Metadata,
    };

    /// <inheritdoc/>
    public HeaderLines Find(string name) => Headers.TryGetValue(name, out var line) ? new(line) : default;

    internal ProbeRequest WithClaim(IEnumerable<string> way, ClaimValue? value) => this with { Claims = With(Claims, [.. way], value) };

    internal ProbeRequest WithMetadata(string filter, string key, ClaimValue? value) =>
        this with { Metadata = With(Metadata, [filter, key], value) };

    private static ClaimValue.Struct With(ClaimValue.Struct? claims, ReadOnlySpan<string> way, ClaimValue? value)
    {
        var members = new Dictionary<string, ClaimValue>(claims?.Members ?? new Dictionary<string, ClaimValue>(), StringComparer.Ordinal);
        var inner = way.Length > 1 ? With(members.GetValueOrDefault(way[0]) as ClaimValue.Struct, way[1..], value) : value;
        if (inner is null)
        {
            _ = members.Remove(way[0]);
        }
        else
        {
            members[way[0]] = inner;
        }

        return new(members);
    }
}
