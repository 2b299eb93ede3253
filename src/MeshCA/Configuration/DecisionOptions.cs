using System.Collections.Frozen;
using System.ComponentModel.DataAnnotations;
using System.IO;
using MeshCA.Decisions;
using Microsoft.Extensions.Options;
using SpiffeIdentity;

namespace MeshCA.Configuration;

/// <summary>The decision API: who may ask, where, and what proxies tell.</summary>
internal sealed class DecisionOptions : IValidatableObject
{
    public const string Section = "Decisions";

    /// <summary>SPIFFE IDs of callers that may ask about other workloads than themselves, such as a gateway's or a node proxy's.</summary>
    public string[] TrustedCallers { get; set; } = [];

    /// <summary>Extension providers of the mesh that are this service: a CUSTOM policy that asks one gets this decision.</summary>
    public string[] OwnProviders { get; set; } = [];

    /// <summary>Extension providers that proxies ask themselves, beside this service. Any other one that a request needs is an error.</summary>
    public string[] ProvidersAskedByProxy { get; set; } = [];

    /// <summary>What proxies send beside Envoy's defaults: `None`, or of `TlsSession`, `Metadata`, `TokenPayload`, `Headers`, separated by commas. What is not named is unknown where it is missing.</summary>
    public ProxyAttributes ProxiesSend { get; set; }

    /// <summary>Where the client's address (`remoteIpBlocks`) is taken from: `Unknown`, `Source` or `ForwardedFor`.</summary>
    public RemoteAddressSource RemoteAddress { get; set; }

    /// <summary>Entries at the right end of `x-forwarded-for` that trusted proxies before this one wrote; as Envoy's `xff_num_trusted_hops`.</summary>
    [Range(0, 100)]
    public int TrustedHops { get; set; }

    /// <summary>Port on the loopback address 127.0.0.1 for gRPC without TLS. Whoever reaches it may ask about every workload. 0 lets the system choose; none: closed.</summary>
    [Range(0, 65535)]
    public int? PlaintextPort { get; set; }

    /// <summary>Port on the loopback address 127.0.0.1 for the HTTP form, which nginx, HAProxy and Caddy ask. Whoever reaches it may ask about every workload. 0 lets the system choose; none: closed.</summary>
    [Range(0, 65535)]
    public int? HttpPort { get; set; }

    /// <summary>Header in which a proxy that asks by `/forward-auth` tells the method of the request; Caddy's is `X-Forwarded-Method`. The proxy must overwrite it.</summary>
    [Required]
    public string MethodHeader { get; set; } = "X-Original-Method";

    /// <summary>Header that tells path and query; Caddy's is `X-Forwarded-Uri`. The proxy must overwrite it.</summary>
    [Required]
    public string UriHeader { get; set; } = "X-Original-URI";

    /// <summary>Header that tells the host; `X-Forwarded-Host` at Caddy. The proxy must overwrite it.</summary>
    [Required]
    public string HostHeader { get; set; } = "X-Original-Host";

    /// <summary>Header in which a proxy that speaks for others tells the address of the direct peer, such as `X-Real-IP`, which it must overwrite; none: it is unknown.</summary>
    public string AddressHeader { get; set; } = "";

    /// <summary>Header in which a proxy that speaks for others tells the direct peer's certificate as Envoy does, `X-Forwarded-Client-Cert`, with its URI; the last element counts. None: the peer's identity is unknown.</summary>
    public string PeerHeader { get; set; } = "";

    /// <summary>Header in which a proxy that speaks for others tells the address that was connected to, `10.0.0.1:8080` or `[2001:db8::1]:8080`, which it must overwrite; none: it is unknown.</summary>
    public string DestinationHeader { get; set; } = "";

    /// <summary>Header in which a proxy that speaks for others tells the server name of the TLS client hello, which it must overwrite; none: it is unknown.</summary>
    public string ServerNameHeader { get; set; } = "";

    /// <summary>Whether answers of the HTTP form name the policy and the rule that decided. Envoy and Caddy show them to clients unless told otherwise.</summary>
    public bool ShowPolicy { get; set; }

    /// <summary>Path of a Unix socket for gRPC without TLS, for the users of `SocketPeers`; none: there is none.</summary>
    public string Socket { get; set; } = "";

    /// <summary>Mode of the socket, in octal: who may write to it may connect.</summary>
    [RegularExpression("0?[0-7]{3}")]
    public string SocketMode { get; set; } = "0660";

    /// <summary>Number of the group that the socket is given to; none: the service's own.</summary>
    [Range(0, int.MaxValue)]
    public int? SocketGroup { get; set; }

    /// <summary>Users that the socket admits, by number, and as whom each asks: `1337=spiffe://cluster.local/ns/shop/sa/cart`, or `33=*` for every workload. Nobody else is, nor is root.</summary>
    public string[] SocketPeers { get; set; } = [];

    /// <summary>Most questions in work at once; the next one is told UNAVAILABLE.</summary>
    [Range(1, 100_000)]
    public int MaxConcurrent { get; set; } = 2_000;

    /// <summary>Largest question, in bytes; it holds the headers, and the body where the proxy sends it.</summary>
    [Range(64 << 10, 16 << 20)]
    public int MaxMessageBytes { get; set; } = 1 << 20;

    /// <summary>How long a question may hold its place, from its headers to the end of its answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan LongestCall { get; set; } = TimeSpan.FromSeconds(5);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var caller in TrustedCallers)
        {
            if (!SpiffeId.TryParse(caller, out _, out var error))
            {
                yield return new($"`{caller}` is no SPIFFE ID: {error} (SPIFFE-ID §2).", [nameof(TrustedCallers)]);
            }
        }

        if (SocketPath.FaultOf(Socket) is { } fault)
        {
            yield return new(fault, [nameof(Socket)]);
        }

        foreach (var peer in SocketPeers.Where(peer => !SocketPeer.TryParse(peer, out _)))
        {
            yield return new($"`{peer}` is neither USER=SPIFFE-ID nor USER=*, with the user's number.", [nameof(SocketPeers)]);
        }

        foreach (var peers in Peers().GroupBy(peer => peer.UserId).Where(peers => peers.Count() > 1))
        {
            yield return new($"the user {peers.Key} is named more than once.", [nameof(SocketPeers)]);
        }

        if ((Socket.Length == 0) != (SocketPeers.Length == 0))
        {
            yield return new($"{nameof(Socket)} and {nameof(SocketPeers)} belong together: a socket admits only who is named.", [nameof(SocketPeers)]);
        }

        foreach (var name in OwnProviders.Intersect(ProvidersAskedByProxy, StringComparer.Ordinal))
        {
            yield return new($"`{name}` is either an own provider or asked by the proxy.", [nameof(ProvidersAskedByProxy)]);
        }
    }

    /// <summary>What the decision point needs of it.</summary>
    public DecisionSettings ToSettings() => new(
        TrustedCallers.ToFrozenSet(StringComparer.Ordinal),
        OwnProviders.ToFrozenSet(StringComparer.Ordinal),
        ProvidersAskedByProxy.ToFrozenSet(StringComparer.Ordinal));

    /// <summary>Who asks over the socket, by user: with the rights that a certificate of its identity would give.</summary>
    public FrozenDictionary<uint, DecisionCaller> ToSocketPeers() => Peers().ToFrozenDictionary(
        peer => peer.UserId,
        peer => peer.Identity is { } identity
            ? new DecisionCaller(identity, TrustedCallers.Contains(identity, StringComparer.Ordinal))
            : DecisionCaller.Local);

    /// <summary>The mode of the socket.</summary>
    public UnixFileMode ToSocketMode() => (UnixFileMode)Convert.ToInt32(SocketMode, 8);

    private IEnumerable<SocketPeer> Peers()
    {
        foreach (var text in SocketPeers)
        {
            if (SocketPeer.TryParse(text, out var peer))
            {
                yield return peer;
            }
        }
    }
}

/// <summary>What a proxy sends only where its filter is told to, authorization-policy §9.</summary>
[Flags]
internal enum ProxyAttributes
{
    /// <summary>Nothing of it.</summary>
    None = 0,

    /// <summary>The server name: <c>include_tls_session</c>.</summary>
    TlsSession = 1,

    /// <summary>Dynamic metadata of every filter that policies read: <c>metadata_context_namespaces</c>.</summary>
    Metadata = 2,

    /// <summary>The payload of tokens, which the proxy verifies before it asks.</summary>
    TokenPayload = 4,

    /// <summary>In the HTTP form under <c>/envoy</c>, every header that policies read: <c>allowed_headers</c>, Istio's <c>includeRequestHeadersInCheck</c>.</summary>
    Headers = 8,
}

/// <summary>Where the address of the original client is taken from.</summary>
internal enum RemoteAddressSource
{
    /// <summary>Nowhere: what depends on it is denied.</summary>
    Unknown,

    /// <summary>It is the direct peer's.</summary>
    Source,

    /// <summary>From <c>x-forwarded-for</c>, as Envoy does; the direct peer's without that header.</summary>
    ForwardedFor,
}

[OptionsValidator]
internal sealed partial class DecisionOptionsValidator : IValidateOptions<DecisionOptions>;
