using AuthzEngine.Requests;
using FsCheck;
using FsCheck.Fluent;
using static AuthzEngine.Tests.Reference.SampleValues;

namespace AuthzEngine.Tests.Reference;

/// <summary>Generates requests.</summary>
internal static class SampleRequests
{
    private static readonly string?[] AddressValues = [null, .. Addresses];

    private static readonly AttributeKinds[] Kinds = [.. Enum.GetValues<AttributeKinds>().Where(kind => kind != AttributeKinds.None)];

    /// <summary>Requests of which everything is known.</summary>
    public static Gen<SampleRequest> Known { get; } =
        from protocol in Often(Gen.Constant(RequestProtocol.Http), Gen.Constant(RequestProtocol.Tcp))
        from connection in Connections
        from peer in Gen.Elements(Peers)
        from method in Gen.Elements(MethodValues)
        from path in Gen.Elements(PathValues)
        from host in Gen.Elements(HostValues)
        from headers in Gen.Elements(HeaderJson)
        from claims in Gen.Elements(ClaimJson)
        from state in Often(
            Gen.Constant(claims is null ? TokenState.Absent : TokenState.Verified),
            Gen.Elements(TokenState.Invalid, TokenState.AudienceRefused),
            15)
        from metadata in Gen.Elements(MetadataJson)
        select connection with
        {
            Protocol = protocol,
            Principal = peer,
            Method = method,
            Path = path,
            Host = host,
            HeaderJson = headers,
            Token = state,
            ClaimJson = claims,
            MetadataJson = metadata,
        };

    /// <summary>Sets of attributes that a deployment cannot supply.</summary>
    public static Gen<AttributeKinds> Gaps { get; } =
        Gen.SubListOf(Kinds).Select(kinds => kinds.Aggregate(AttributeKinds.None, (all, kind) => all | kind));

    public static Gen<SampleRequest> All { get; } =
        from request in Known
        from gaps in Often(Gen.Constant(AttributeKinds.None), Gaps)
        select request with { Unsupplied = gaps };

    private static Gen<SampleRequest> Connections =>
        from source in Gen.Elements(AddressValues)
        from remote in Gen.Elements(AddressValues)
        from destination in Gen.Elements(AddressValues)
        from port in Gen.Elements(PortValues)
        from sni in Gen.Elements(SniValues)
        select new SampleRequest { SourceIp = source, RemoteIp = remote, DestinationIp = destination, Port = port, Sni = sni };
}
