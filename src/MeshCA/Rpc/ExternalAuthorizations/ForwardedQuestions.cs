using AuthzEngine.Normalization;
using AuthzEngine.Requests;
using MeshCA.Configuration;
using MeshCA.Decisions;
using MeshCA.Rpc.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MeshCA.Rpc.ExternalAuthorizations;

/// <summary>Reads the request that a proxy asks about by HTTP.</summary>
/// <remarks>
/// The workload is in the URL that the proxy's configuration holds, since clients send headers. What the proxy does not tell
/// of the connection is unknown: rules that read it are decided for the worst.
/// </remarks>
internal sealed class ForwardedQuestions(DecisionOptions options)
{
    private const string SelfSegment = "-";
    private const string IdScheme = "spiffe://";

    // Envoy's HTTP filter sends no body, and says so in this header instead of the client's.
    private const string WrittenByEnvoy = "Content-Length";

    private readonly ConnectionHeaders _connection = new(options);

    /// <summary>Reads what a question tells of the peer: the same identity that policies are held against.</summary>
    /// <param name="context">The proxy's request.</param>
    /// <param name="caller">The proxy.</param>
    public SourceReference ReadSource(HttpContext context, DecisionCaller caller) =>
        _connection.TryReadPeer(context.Request.Headers, caller, out var peer) ? new(peer, IsUnknown: peer is null) : new(null, IsUnknown: true);

    /// <summary>Divides the target of the proxy's request, as it stands in the URL.</summary>
    /// <param name="context">The proxy's request.</param>
    /// <param name="form">The first segment between its slashes. The server looked for it in the decoded path without dots, which clients can lead astray.</param>
    /// <param name="reference">The workload of the second segment; <c>-</c> is the caller itself.</param>
    /// <param name="rest">What follows: path and query of the request where the proxy appends them, as Envoy does.</param>
    /// <returns>False where the segment is no SPIFFE ID without its scheme.</returns>
    public static bool TryDivide(HttpContext context, string form, out WorkloadReference reference, out string rest)
    {
        // The target as sent: the server's own path is decoded, and normalized in another way than Envoy's.
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var isForm = target.StartsWith(form, StringComparison.Ordinal);
        var end = isForm ? target.IndexOfAny(['/', '?'], form.Length) : -1;
        var segment = !isForm ? "" : end < 0 ? target[form.Length..] : target[form.Length..end];
        rest = end < 0 ? "" : target[end..];
        reference = new(segment == SelfSegment ? null : IdScheme + Uri.UnescapeDataString(segment), null);
        return segment == SelfSegment || SpiffeIdentity.SpiffeId.TryParse(reference.Principal, out _, out _);
    }

    /// <summary>Reads a question whose method, path and headers are the request's own: Envoy's form.</summary>
    /// <param name="context">The proxy's request.</param>
    /// <param name="path">Path and query, normalized by the proxy.</param>
    /// <param name="subject">The workload, and who asks about it.</param>
    /// <param name="attributes">The attributes.</param>
    /// <returns>False where the path is none, or what is told of the connection cannot be read.</returns>
    public bool TryReadOwn(HttpContext context, string path, DecisionSubject subject, out RequestAttributes attributes)
    {
        attributes = default;
        var headers = HeadersOf(context, [WrittenByEnvoy], options.ProxiesSend.HasFlag(ProxyAttributes.Headers));
        return path.StartsWith('/')
            && TryRead(context, new(context.Request.Method, path, context.Request.Host.Value), headers, subject, out attributes);
    }

    /// <summary>Reads a question whose method, path and host are in headers: the form of nginx, HAProxy and Caddy.</summary>
    /// <param name="context">The proxy's request.</param>
    /// <param name="subject">The workload; its mesh says how paths are normalized, which these proxies do not.</param>
    /// <param name="attributes">The attributes.</param>
    /// <returns>False where a header is missing, there several times, or cannot be read, and where the path is none.</returns>
    public bool TryReadForwarded(HttpContext context, DecisionSubject subject, out RequestAttributes attributes)
    {
        attributes = default;
        var headers = context.Request.Headers;
        return headers[options.MethodHeader] is [{ Length: > 0 } method]
            && headers[options.UriHeader] is [{ Length: > 0 } uri]
            && headers[options.HostHeader] is [{ Length: > 0 } host]
            && IsTarget(uri)
            && PathNormalizer.TryNormalize(uri, subject.Snapshot.Mesh.PathNormalization, out var path)
            && TryRead(context, new(method, path, host), HeadersOf(context, [options.MethodHeader, options.UriHeader, options.HostHeader], isWhole: true), subject, out attributes);
    }

    // In origin form, RFC 9112 §3.2; blanks and control characters would end the request line.
    private static bool IsTarget(string uri)
    {
        if (!uri.StartsWith('/'))
        {
            return false;
        }

        foreach (var c in uri)
        {
            if (c is <= ' ' or '\x7f')
            {
                return false;
            }
        }

        return true;
    }

    // Copied: the server uses its own again for the connection's next request, and the log reads these later.
    private ForwardedHeaders HeadersOf(HttpContext context, string[] written, bool isWhole) =>
        new(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase), [.. written, .. _connection.Names], isWhole);

    private bool TryRead(
        HttpContext context, in RequestLine line, ForwardedHeaders forwarded, DecisionSubject subject, out RequestAttributes attributes)
    {
        attributes = default;
        var headers = context.Request.Headers;
        if (!_connection.TryRead(headers, subject.Caller, out var connection))
        {
            return false;
        }

        var remote = options.RemoteAddress switch
        {
            RemoteAddressSource.Unknown => default,
            RemoteAddressSource.ForwardedFor when ForwardedFor.TryRead(
                headers["X-Forwarded-For"].ToString(), options.TrustedHops, out var client) => client,
            _ => connection.SourceIp,
        };
        attributes = new()
        {
            Protocol = RequestProtocol.Http,
            SourcePrincipal = connection.SourcePrincipal,
            SourceIp = connection.SourceIp,
            RemoteIp = remote,
            DestinationIp = connection.DestinationIp,
            DestinationPort = connection.DestinationPort,
            Sni = connection.Sni,
            Method = line.Method,
            Path = line.Path,
            Host = line.Host,
            Headers = forwarded,
            Unsupplied = connection.Untold
                | AttributeKinds.FilterMetadata
                | (remote.IsPresent ? AttributeKinds.None : AttributeKinds.RemoteIp)
                | (subject.Entry.Policies.JwtRules.Count > 0 ? AttributeKinds.Claims : AttributeKinds.None),
        };
        return true;
    }

    private readonly record struct RequestLine(string Method, string Path, string? Host);
}
