using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using Google.Protobuf;
using MeshCA.Configuration;
using MeshCA.Decisions;
using MeshCA.Wire.Envoy.Auth.V3;
using MeshCA.Wire.Envoy.Core.V3;
using AddressCase = MeshCA.Wire.Envoy.Core.V3.Address.AddressOneofCase;
using Peer = MeshCA.Wire.Envoy.Auth.V3.AttributeContext.Types.Peer;
using PortCase = MeshCA.Wire.Envoy.Core.V3.SocketAddress.PortSpecifierOneofCase;

namespace MeshCA.Rpc.Authorization;

/// <summary>Reads the attributes of a request from what Envoy tells of it, authorization-policy §9.</summary>
/// <remarks>
/// What Envoy does not send, or not in a form that can be read, is unknown and not absent: an absent attribute would let
/// DENY rules pass. Only what some rule reads is converted.
/// </remarks>
internal sealed class CheckAttributes(DecisionOptions options)
{
    /// <summary>Finds how the question names its workload.</summary>
    /// <param name="context">The question; untrusted.</param>
    /// <param name="reference">The workload.</param>
    /// <returns>False where it is described wrongly.</returns>
    public static bool TryReadWorkload(AttributeContext context, out WorkloadReference reference)
    {
        WorkloadDescription? description = null;
        var readable = context.ContextExtensions.Count == 0
            || WorkloadDescription.TryRead(context.ContextExtensions, out description);
        reference = new(context.Destination?.Principal, description);
        return readable;
    }

    /// <summary>Reads what the question tells of the peer; Envoy sends its certificate where `include_peer_certificate` says so.</summary>
    /// <param name="context">The question; untrusted.</param>
    public static SourceReference ReadSource(AttributeContext context) => new(context.Source?.Principal, IsUnknown: context.Source is null)
    {
        Certificate = context.Source?.Certificate is { Length: > 0 } certificate ? () => PeerCertificate.Read(certificate) : null,
    };

    /// <summary>Reads the attributes.</summary>
    /// <param name="context">The question; untrusted.</param>
    /// <param name="subject">Whom it is about: its policies say what is read.</param>
    public RequestAttributes Read(AttributeContext context, DecisionSubject subject)
    {
        var policies = subject.Entry.Policies;

        // Envoy tells of the peer of every request; an empty principal is one without an identity.
        var unknown = context.Source is null ? AttributeKinds.SourcePrincipal : AttributeKinds.None;
        var http = context.Request?.Http;
        LetGoOfBody(http);
        var headers = http is null
            ? null
            : new CheckHeaders(http, subject.Snapshot.Mesh.RepeatedHeaders == RepeatedHeaders.Joined);
        var source = ReadAddress(context.Source, AttributeKinds.SourceIp, ref unknown);
        return new()
        {
            Protocol = http is null ? RequestProtocol.Tcp : RequestProtocol.Http,
            SourcePrincipal = Present(context.Source?.Principal),
            SourceIp = source,
            RemoteIp = ReadRemoteAddress(source, headers, ref unknown),
            DestinationIp = ReadAddress(context.Destination, AttributeKinds.DestinationIp, ref unknown),
            DestinationPort = ReadPort(context.Destination?.Address, ref unknown),
            Sni = ReadServerName(context, ref unknown),
            Method = Present(http?.Method),
            Path = Present(http?.Path),
            Host = Present(http?.Host),
            Headers = headers,
            Claims = ReadClaims(context, policies, ref unknown, out var token),
            Token = token,
            FilterMetadata = ReadMetadata(context, policies, ref unknown),
            Unsupplied = unknown,
        };
    }

    // No rule reads it, and the log may hold on to thousands of requests.
    private static void LetGoOfBody(AttributeContext.Types.HttpRequest? http)
    {
        if (http is not null)
        {
            http.Body = "";
            http.RawBody = ByteString.Empty;
        }
    }

    private static string? Present(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static IpAddress ReadAddress(Peer? peer, AttributeKinds kind, ref AttributeKinds unknown)
    {
        if (peer?.Address is { AddressCase: AddressCase.SocketAddress, SocketAddress.Address: var text }
            && IpAddress.TryParse(text, out var address))
        {
            return address;
        }

        unknown |= kind; // a Unix socket, or an internal listener
        return default;
    }

    private static int? ReadPort(Address? address, ref AttributeKinds unknown)
    {
        if (address is { AddressCase: AddressCase.SocketAddress, SocketAddress: { PortSpecifierCase: PortCase.PortValue, PortValue: <= ushort.MaxValue and var port } })
        {
            return (int)port;
        }

        unknown |= AttributeKinds.DestinationPort;
        return null;
    }

    private IpAddress ReadRemoteAddress(IpAddress source, CheckHeaders? headers, ref AttributeKinds unknown)
    {
        // Without HTTP nothing is forwarded: what PROXY protocol said is in the source's address already.
        var from = headers is null ? RemoteAddressSource.Source : options.RemoteAddress;
        var address = from switch
        {
            RemoteAddressSource.Unknown => default,
            RemoteAddressSource.ForwardedFor when headers!.ForwardedAddresses() is { } list
                && ForwardedFor.TryRead(list, options.TrustedHops, out var client) => client,
            _ => source,
        };
        unknown |= address.IsPresent ? AttributeKinds.None : AttributeKinds.RemoteIp;
        return address;
    }

    private string? ReadServerName(AttributeContext context, ref AttributeKinds unknown)
    {
        if (context.TlsSession is { } session)
        {
            return Present(session.Sni);
        }

        // A proxy that is told to send it leaves it out for plaintext.
        unknown |= options.ProxiesSend.HasFlag(ProxyAttributes.TlsSession) ? AttributeKinds.None : AttributeKinds.Sni;
        return null;
    }

    private ClaimValue.Struct? ReadClaims(
        AttributeContext context, WorkloadPolicies policies, ref AttributeKinds unknown, out TokenState token)
    {
        var readable = ProxyMetadata.TryFindPayload(context.MetadataContext, out var claims);
        token = claims is not null ? TokenState.Verified : TokenState.Absent;
        var isUnverified = claims is null && policies.JwtRules.Count > 0 && !options.ProxiesSend.HasFlag(ProxyAttributes.TokenPayload);
        unknown |= readable && !isUnverified ? AttributeKinds.None : AttributeKinds.Claims;
        return claims;
    }

    private ClaimValue.Struct? ReadMetadata(AttributeContext context, WorkloadPolicies policies, ref AttributeKinds unknown)
    {
        if ((policies.Reads & AttributeKinds.FilterMetadata) == 0)
        {
            return null;
        }

        var metadata = context.MetadataContext is { } sent ? ProxyMetadata.Convert(sent) : null;
        var isWhole = options.ProxiesSend.HasFlag(ProxyAttributes.Metadata)
            && (metadata is not null || context.MetadataContext is null);
        unknown |= isWhole ? AttributeKinds.None : AttributeKinds.FilterMetadata;
        return metadata;
    }
}
