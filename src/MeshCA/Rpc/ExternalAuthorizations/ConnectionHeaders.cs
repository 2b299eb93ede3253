using System.Buffers;
using System.Globalization;
using AuthzEngine.Requests;
using MeshCA.Configuration;
using MeshCA.Decisions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace MeshCA.Rpc.ExternalAuthorizations;

/// <summary>The headers in which proxies tell of the connection: those that the settings name, from callers that speak for others.</summary>
/// <remarks>
/// Clients can send any of them, so they count only from a proxy that somebody set up to overwrite them. What is not told is
/// unknown; what is told in a form that cannot be read is an error.
/// </remarks>
internal sealed class ConnectionHeaders(DecisionOptions options)
{
    private const int LongestName = 255;

    // RFC 6066 §3: a host name in ASCII, and no address.
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._");

    /// <summary>The names that are set.</summary>
    public IReadOnlyList<string> Names { get; } =
        [.. new[] { options.AddressHeader, options.PeerHeader, options.DestinationHeader, options.ServerNameHeader }.Where(name => name.Length > 0)];

    /// <summary>Reads them.</summary>
    /// <param name="headers">The headers of the proxy's request.</param>
    /// <param name="caller">The proxy.</param>
    /// <param name="connection">What it told.</param>
    /// <returns>False where one cannot be read, or is there several times.</returns>
    public bool TryRead(IHeaderDictionary headers, DecisionCaller caller, out ForwardedConnection connection)
    {
        connection = default;
        var untold = AttributeKinds.None;
        if (!TryRead<IpAddress>(headers, caller, options.AddressHeader, AttributeKinds.SourceIp, IpAddress.TryParse, ref untold, out var source)
            || !TryReadPeer(headers, caller, out var peer)
            || !TryRead<(IpAddress Address, int? Port)>(
                headers, caller, options.DestinationHeader, AttributeKinds.DestinationIp | AttributeKinds.DestinationPort, TryParseEndpoint, ref untold, out var destination)
            || !TryRead<string>(headers, caller, options.ServerNameHeader, AttributeKinds.Sni, TryParseName, ref untold, out var name))
        {
            return false;
        }

        // A certificate of which the proxy tells no URI may have one all the same.
        untold |= peer is null ? AttributeKinds.SourcePrincipal : AttributeKinds.None;
        connection = new()
        {
            SourcePrincipal = peer,
            SourceIp = source,
            DestinationIp = destination.Address,
            DestinationPort = destination.Port,
            Sni = name,
            Untold = untold,
        };
        return true;
    }

    /// <summary>Reads who the peer is.</summary>
    /// <param name="headers">The headers of the proxy's request.</param>
    /// <param name="caller">The proxy.</param>
    /// <param name="peer">The peer's identity; null where it is not told.</param>
    /// <returns>False where it cannot be read.</returns>
    public bool TryReadPeer(IHeaderDictionary headers, DecisionCaller caller, out string? peer)
    {
        peer = null;
        var lines = IsTold(headers, caller, options.PeerHeader) ? headers[options.PeerHeader] : default;

        // Envoy joins the lines of this header in the same way.
        return lines.Count == 0 || ForwardedClientCertificate.TryRead(string.Join(',', lines.ToArray()), out peer);
    }

    private static bool TryRead<T>(
        IHeaderDictionary headers, DecisionCaller caller, string name, AttributeKinds kinds, Parse<T> parse, ref AttributeKinds untold, out T? value)
    {
        value = default;
        if (!IsTold(headers, caller, name))
        {
            untold |= kinds;
            return true;
        }

        return headers[name] is [{ } text] && parse(text, out value);
    }

    // Proxies write an empty value where they have none.
    private static bool IsTold(IHeaderDictionary headers, DecisionCaller caller, string name) =>
        caller.SpeaksForOthers && name.Length > 0 && !StringValues.IsNullOrEmpty(headers[name]);

    // `10.0.0.1:8080` and `[2001:db8::1]:8080`, as Envoy writes addresses.
    private static bool TryParseEndpoint(ReadOnlySpan<char> text, out (IpAddress Address, int? Port) endpoint)
    {
        endpoint = default;
        var colon = text.LastIndexOf(':');
        var host = text[..Math.Max(colon, 0)];
        var isBracketed = host is ['[', .., ']'];
        if (colon < 0 || isBracketed != host.Contains(':')
            || !ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || !IpAddress.TryParse(isBracketed ? host[1..^1] : host, out var address))
        {
            return false;
        }

        endpoint = (address, port);
        return true;
    }

    private static bool TryParseName(ReadOnlySpan<char> text, out string? name)
    {
        // Envoy's TLS inspector lowers it, and rules compare it so.
        var isName = text.Length is > 0 and <= LongestName && !text.ContainsAnyExcept(NameCharacters);
        name = isName ? text.ToString().ToLowerInvariant() : null;
        return isName;
    }

    private delegate bool Parse<T>(ReadOnlySpan<char> text, out T? value);
}
