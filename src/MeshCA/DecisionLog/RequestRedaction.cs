using System.Buffers;
using System.Collections.Frozen;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace MeshCA.DecisionLog;

/// <summary>Removes from requests to one workload what none of its rules reads, and the secrets that one does.</summary>
internal sealed class RequestRedaction
{
    private const AttributeKinds Composed = AttributeKinds.Headers | AttributeKinds.Claims | AttributeKinds.FilterMetadata;
    private const string DefaultTokenParameter = "access_token"; // authorization-policy §7.2

    private static readonly ClaimValue.Struct NoMetadata = new(new Dictionary<string, ClaimValue>());
    private static readonly SearchValues<char> PathEnds = SearchValues.Create("?#");

    private readonly RedactionSettings _settings;
    private readonly AttributeKinds _kept;
    private readonly bool _keepsQuery;
    private readonly string[] _readHeaders;
    private readonly string[] _alsoKeptHeaders;
    private readonly FrozenSet<string> _secretHeaders;
    private readonly QuerySecrets _querySecrets;
    private readonly MemberSelection _claims;
    private readonly MemberSelection _metadata;

    /// <param name="reads">What the workload's rules read.</param>
    /// <param name="tokens">Where its tokens are looked for.</param>
    /// <param name="settings">What else is kept.</param>
    public RequestRedaction(AttributesRead reads, IReadOnlyList<JwtRule> tokens, RedactionSettings settings)
    {
        _settings = settings;
        _kept = (reads.Kinds | settings.AlsoKept) & ~Composed;
        _keepsQuery = reads.Query;
        _secretHeaders = settings.SecretHeaders
            .Concat(tokens.SelectMany(rule => rule.FromHeaders).OfType<JwtHeader>().Select(header => header.Name.ToLowerInvariant()))
            .Concat(tokens.Select(rule => rule.OutputPayloadToHeader.ToLowerInvariant()))
            .ToFrozenSet(StringComparer.Ordinal);
        _readHeaders = [.. reads.Headers];
        _alsoKeptHeaders = [.. settings.AlsoKeptHeaders.Except(reads.Headers).Except(_secretHeaders).Order(StringComparer.Ordinal)];
        _querySecrets = new(
            tokens.SelectMany(rule => rule.FromParams).Append(DefaultTokenParameter).ToFrozenSet(StringComparer.Ordinal), settings.Digest);
        _claims = MemberSelection.Of(reads.Claims);
        _metadata = MemberSelection.Of(reads.Metadata);
    }

    /// <summary>Redacts a request.</summary>
    /// <param name="request">The request; untrusted.</param>
    public RedactedRequest Redact(in RequestAttributes request)
    {
        var removed = Present(in request) & ~_kept;
        var redacted = AttributeNames.Of(removed | request.Unsupplied).ToList();
        var partial = new List<string>();
        var left = Without(in request, removed) with
        {
            Headers = null,
            Path = Path(removed.HasFlag(AttributeKinds.Path) ? null : request.Path, redacted, partial),
            Claims = request.Claims is { } claims ? _claims.Select(claims) : null,
            FilterMetadata = _metadata.IsEmpty ? null : _metadata.Select(request.FilterMetadata ?? NoMetadata),
        };
        var headers = Headers(request.Headers, redacted);
        AddComposed(in request, partial);
        return new(left, headers, redacted, partial);
    }

    private static AttributeKinds Present(in RequestAttributes request) =>
        If(request.SourcePrincipal is not null, AttributeKinds.SourcePrincipal)
        | If(request.SourceIp.IsPresent, AttributeKinds.SourceIp)
        | If(request.RemoteIp.IsPresent, AttributeKinds.RemoteIp)
        | If(request.DestinationIp.IsPresent, AttributeKinds.DestinationIp)
        | If(request.DestinationPort is not null, AttributeKinds.DestinationPort)
        | If(request.Sni is not null, AttributeKinds.Sni)
        | If(request.Method is not null, AttributeKinds.Method)
        | If(request.Path is not null, AttributeKinds.Path)
        | If(request.Host is not null, AttributeKinds.Host);

    private static AttributeKinds If(bool present, AttributeKinds kind) => present ? kind : AttributeKinds.None;

    private static RequestAttributes Without(in RequestAttributes request, AttributeKinds removed) => request with
    {
        SourcePrincipal = removed.HasFlag(AttributeKinds.SourcePrincipal) ? null : request.SourcePrincipal,
        SourceIp = removed.HasFlag(AttributeKinds.SourceIp) ? default : request.SourceIp,
        RemoteIp = removed.HasFlag(AttributeKinds.RemoteIp) ? default : request.RemoteIp,
        DestinationIp = removed.HasFlag(AttributeKinds.DestinationIp) ? default : request.DestinationIp,
        DestinationPort = removed.HasFlag(AttributeKinds.DestinationPort) ? null : request.DestinationPort,
        Sni = removed.HasFlag(AttributeKinds.Sni) ? null : request.Sni,
        Method = removed.HasFlag(AttributeKinds.Method) ? null : request.Method,
        Host = removed.HasFlag(AttributeKinds.Host) ? null : request.Host,
    };

    // A source converts what rules read and cannot enumerate the rest, so these are never known to be whole.
    private static void AddComposed(in RequestAttributes request, List<string> partial)
    {
        if (request.Protocol == RequestProtocol.Http)
        {
            partial.AddRange(AttributeNames.Of(AttributeKinds.Headers));
        }

        if (request.Claims is not null)
        {
            partial.AddRange(AttributeNames.Of(AttributeKinds.Claims));
        }

        partial.AddRange(AttributeNames.Of(AttributeKinds.FilterMetadata));
    }

    private string? Path(string? path, List<string> redacted, List<string> partial)
    {
        var end = path.AsSpan().IndexOfAny(PathEnds);
        if (path is null || end < 0)
        {
            return path;
        }

        var name = AttributeNames.Of(AttributeKinds.Path)[0];
        if (!_keepsQuery)
        {
            partial.Add(name);
            return path[..end];
        }

        var replaced = _querySecrets.Replace(path);
        if (!ReferenceEquals(replaced, path))
        {
            redacted.Add(name);
        }

        return replaced;
    }

    private List<KeyValuePair<string, HeaderLines>> Headers(IRequestHeaders? headers, List<string> redacted)
    {
        var kept = new List<KeyValuePair<string, HeaderLines>>();
        foreach (var name in _readHeaders)
        {
            var lines = headers?.Find(name) ?? default;
            var isSecret = lines.Count > 0 && _secretHeaders.Contains(name);
            kept.Add(new(name, isSecret ? Digests(lines) : lines));
            if (isSecret)
            {
                redacted.Add($"{AttributeNames.Of(AttributeKinds.Headers)[0]}.{name}");
            }
        }

        foreach (var name in _alsoKeptHeaders)
        {
            if (headers?.Find(name) is { Count: > 0 } lines)
            {
                kept.Add(new(name, lines));
            }
        }

        return kept;
    }

    private HeaderLines Digests(HeaderLines lines)
    {
        var digests = new string[lines.Count];
        for (var i = 0; i < digests.Length; i++)
        {
            digests[i] = _settings.Digest.Of(lines[i]);
        }

        return new(digests);
    }
}
