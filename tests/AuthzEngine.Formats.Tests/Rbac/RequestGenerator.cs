using AuthzEngine.Requests;
using FsCheck;
using FsCheck.Fluent;

namespace AuthzEngine.Formats.Tests.Rbac;

/// <summary>Draws requests with the values that <see cref="PolicyGenerator"/> names, their neighbours, and absent ones.</summary>
internal static class RequestGenerator
{
    public static Gen<RequestAttributes> Requests() =>
        from protocol in Gen.Elements(RequestProtocol.Http, RequestProtocol.Http, RequestProtocol.Tcp)
        from connection in Connections()
        from http in HttpParts()
        from claims in Claims()
        from metadata in Value()
        select connection with
        {
            Protocol = protocol,
            Method = http.Method,
            Path = http.Path,
            Host = http.Host,
            Headers = http.Headers,
            Token = claims is null ? TokenState.Absent : TokenState.Verified,
            Claims = claims,
            FilterMetadata = metadata is null ? null : Object("envoy.filters.f", Object("k", metadata)),
        };

    private static Gen<RequestAttributes> Connections() =>
        from peer in Gen.Elements<string?>(
            null, "", "spiffe://cluster.local/ns/a/sa/x", "spiffe://old.td/ns/a/sa/x", "spiffe://other/ns/b/sa/y",
            "spiffe://cluster.local/p/ns/a/q/sa/x/r", "spiffe://cluster.local/ns/home/sa/x", "client.x+y", "spiffe://old.td/ns/axb/sa/z",
            "spiffe://cluster.local/ns/a//sa/x", "spiffe://cluster.local/ns/a/sa/x/")
        from source in Address()
        from remote in Address()
        from local in Address()
        from port in Gen.Elements<int?>(null, 0, 80, 81, 443, 65535)
        from sni in Gen.Elements<string?>(null, "", "v", "V", "vw", "v.w")
        select new RequestAttributes
        {
            SourcePrincipal = peer,
            SourceIp = source,
            RemoteIp = remote,
            DestinationIp = local,
            DestinationPort = port,
            Sni = sni,
        };

    private static Gen<RequestAttributes> HttpParts() =>
        from method in Gen.Elements<string?>(null, "GET", "get", "POST", "")
        from path in Gen.Elements<string?>(
            null, "", "/a", "/a?q=1", "/a#f", "/a/", "/a/b", "/a/c/b", "/a//b", "/a.b/c", "a/b", "/a//x", "/\u00e9/b", "/i.x",
            "a/", "/a//")
        from host in Gen.Elements<string?>(null, "", "a.example", "A.EXAMPLE", "a.example:443", "b.c")
        from lines in Gen.Elements("v", "", "v.w", "vw", "xv", "[v]").ArrayOf()
        from scheme in Gen.Elements("v", "https")
        select new RequestAttributes
        {
            Method = method,
            Path = path,
            Host = host,
            Headers = new HeaderTable(new Dictionary<string, string[]> { ["x-a"] = lines, [":scheme"] = [scheme] }),
        };

    private static Gen<ClaimValue.Struct?> Claims() =>
        from present in Gen.Choose(0, 2)
        from issuer in Gen.Elements<ClaimValue?>(null, Text("iss"), Text("i/ss"), Text(""), new ClaimValue.Number("1"))
        from subject in Gen.Elements<ClaimValue?>(null, Text("sub"), Text("*"), Text(""), Text("sb"))
        from values in Value().ArrayOf(4)
        select present == 0
            ? null
            : new ClaimValue.Struct(new Dictionary<string, ClaimValue?>
            {
                ["iss"] = issuer,
                ["sub"] = subject,
                ["aud"] = values[0],
                ["azp"] = values[1],
                ["k"] = values[2],
                ["o"] = values[3] is null ? null : Object("k", values[3]!),
                ["scope"] = Text("v  w"),
            }.Where(claim => claim.Value is not null).ToDictionary(claim => claim.Key, claim => claim.Value!));

    private static Gen<ClaimValue?> Value() => Gen.Elements<ClaimValue?>(
        null,
        Text("v"), Text("vw"), Text(""), Text("v\n"), Text("[v]"),
        new ClaimValue.List([]),
        new ClaimValue.List([Text("x"), Text("v")]),
        new ClaimValue.List([new ClaimValue.Number("1"), new ClaimValue.List([Text("v")])]),
        new ClaimValue.Number("1"), new ClaimValue.Boolean(true), new ClaimValue.Null(),
        Object("k", Text("v")));

    private static Gen<IpAddress> Address() => Gen.Elements("", "10.1.2.3", "10.1.2.9", "192.0.2.1", "::1", "fd00::1", "::ffff:10.1.2.3")
        .Select(text => text.Length == 0 ? default : IpAddress.Parse(text));

    private static ClaimValue.Text Text(string text) => new(text);

    private static ClaimValue.Struct Object(string name, ClaimValue value) => new(new Dictionary<string, ClaimValue> { [name] = value });

    private sealed class HeaderTable(Dictionary<string, string[]> lines) : IRequestHeaders
    {
        public HeaderLines Find(string name) => lines.TryGetValue(name, out var found) && found.Length > 0 ? new(found) : default;
    }
}
