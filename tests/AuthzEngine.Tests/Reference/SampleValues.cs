using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace AuthzEngine.Tests.Reference;

/// <summary>Values of policies, and attributes that some of them match.</summary>
internal static class SampleValues
{
    public static readonly string[] Principals =
    [
        "*", "cluster.local/ns/a/sa/x", "td1/ns/a/sa/x", "td2/ns/b/sa/y", "foreign/ns/a/sa/x", "cluster.local/ns/a/*", "*/sa/x", "*y",
        "cluster.local/*", "spiffe://td1/ns/a/sa/x", "foreign/ns/a/sa/*", "td2/ns/a/sa/xy", "a*b",
    ];

    public static readonly string?[] Peers =
    [
        null, "", "spiffe://cluster.local/ns/a/sa/x", "spiffe://td1/ns/a/sa/x", "spiffe://td1/ns/b/sa/y", "spiffe://td2/ns/b/sa/y",
        "spiffe://td2/ns/a/sa/xy", "spiffe://foreign/ns/a/sa/x", "spiffe://td1/ns/a/more/sa/x/still", "spiffe://td1/ns/ns/a/sa/sa/x",
        "spiffe://td1/ns/ab/sa/x", "spiffe://td1/ns/a", "spiffe://td1/ns/b/ns/a/sa/y/sa/x", "client.example", "spiffe://td1/ns/a/sa/x\n",
        "spiffe:///ns/a/sa/x", "td1/ns/a/sa/x", "https://td1/ns/a/sa/x", "spiffe://td1/ns//sa/x",
        "spiffe://td1/ns/b/ns/b/ns/b/ns/b/ns/b/ns/b/ns/a/sa/z/sa/z/sa/z/sa/z/sa/z/sa/x",
    ];

    public static readonly string[] Namespaces = ["*", "a", "b", "a*", "*b", "a*b", "ns", "a/sa"];
    public static readonly string[] ServiceAccounts = ["a/x", "b/y", "x", "shop/x", "a/xy"];
    public static readonly string[] TrustDomains = ["*", "cluster.local", "td1", "td2", "td*", "*1", "foreign", "*.local"];
    public static readonly string[] RequestPrincipals =
        ["*", "https://a/s", "https://a/*", "*/s", "*s", "https://b/t", "https://a*", "*a/s", "https://a/", "*/*", "https:*"];

    public static readonly string[] Addresses =
        ["10.0.0.1", "10.0.0.2", "10.1.0.1", "192.168.1.1", "fd00::1", "fd00::2", "::ffff:10.0.0.1", "0.0.0.0", "255.255.255.255"];

    public static readonly string[] Blocks =
        ["10.0.0.1", "10.0.0.0/8", "10.0.0.9/24", "10.0.0.0/31", "0.0.0.0/0", "::/0", "fd00::/8", "fd00::1", "192.168.1.0/24", "::ffff:10.0.0.0/104"];

    public static readonly string[] Hosts =
        ["*", "a.example", "A.Example", "*.example", "a.example:*", "b.example*", "*:80", "*\u212Aelvin"];

    public static readonly string?[] HostValues = [null, "", "a.example", "A.EXAMPLE:80", "b.example", "x.a.example", "kelvin", "\u212Aelvin", "\u212AELVIN"];
    public static readonly string[] Methods = ["*", "GET", "POST", "G*", "*T", "get"];
    public static readonly string?[] MethodValues = [null, "", "GET", "POST", "PUT", "get"];
    public static readonly string[] Paths =
        ["*", "/", "/a", "/a/*", "*.txt", "/a/{*}", "/a/{**}", "/{*}/b", "/{**}/z", "/a/{*}/c/{**}/", "/a*b", "/a/b", "*/b"];

    public static readonly string?[] PathValues =
        [null, "", "/", "/a", "/a?x=/a/b", "/a/", "/a/b", "/a/b#f", "/a/b/c", "/x/b", "//z", "/x/y/z", "/a/b/c/", "/a/x/c/d/", "/a/\"", "/a/é", "/a/f.txt", "/a\n"];

    public static readonly string[] Ports = ["80", "8080", "0443", "0", "65535"];
    public static readonly int?[] PortValues = [null, 80, 8080, 443, 0, 65535];
    public static readonly string[] Snis = ["*", "a.example", "A.example", "*.example", "a.*", "out*"];
    public static readonly string?[] SniValues = [null, "", "a.example", "A.Example", "b.EXAMPLE", "outbound"];
    public static readonly string[] Words = ["*", "u", "v", "u*", "*v", "u,v", "u v", "uv"];

    public static readonly string[] HeaderJson =
    [
        "{}", """{"x-team":["u"]}""", """{"x-team":[""]}""", """{"x-team":["u","v"]}""", """{"x-team":["u,v"]}""", """{"x-team":[]}""",
        """{"x-team":["w","uv"],"x-other":["u"]}""", """{":scheme":["u"],"x-team":["u v"]}""",
    ];

    public static readonly string?[] ClaimJson =
    [
        null, "{}", """{"iss":"https://a","sub":"s"}""", """{"iss":"https://a","sub":"s","scope":"u v","words":"u v","aud":"u","azp":"v"}""",
        """{"iss":"https://b","sub":"t","scope":["u"],"words":"u v","aud":["w","v"],"n":{"m":"u"}}""", """{"iss":"https://a"}""",
        """{"iss":"https://a","sub":"","scope":"","words":" u","permission":"  "}""", """{"iss":1,"sub":"s","scope":true,"aud":[1,"u"]}""",
        """{"iss":"","sub":"s","n":{"m":["v",["u"]],"scope":"u v"},"permission":"v  u"}""", """{"iss":"https://a/","sub":"st","n":"u","aud":"u v"}""",
        """{"iss":"https:","sub":"/s","azp":null,"words":["u v"]}""", """{"iss":"https://a\n","sub":"s"}""",
    ];

    public static readonly string[] MetadataValues = ["*", "u", "[u]", "[u*]", "*v", "[*]", "[u, v]"];

    public static readonly string?[] MetadataJson =
    [
        null, """{"envoy.filters.f":{"k":"u"}}""", """{"envoy.filters.f":{"k":["u","v"]}}""", """{"envoy.filters.f":"k"}""",
        """{"envoy.filters.f":{"k":[1,"uv"]},"envoy.filters.g":{"k":"u"}}""", """{"envoy.filters.f":{"k":["u, v"]}}""",
    ];

    /// <summary>Mostly the one, sometimes the other.</summary>
    public static Gen<T> Often<T>(Gen<T> mostly, Gen<T> sometimes, int times = 3) => Gen.Frequency((times, mostly), (1, sometimes));

    /// <summary>A few of the values, none more often than not.</summary>
    public static Gen<string[]> Few(string[] values) => Gen.Frequency(
        (7, Gen.Constant(Array.Empty<string>())),
        (3, Some(values)));

    /// <summary>One value, or some; sometimes so many that they are looked up.</summary>
    public static Gen<string[]> Some(string[] values) => Gen.Frequency(
        (10, Gen.Elements(values).Select(value => new[] { value })),
        (6, Gen.Elements(values).ArrayOf(2)),
        (2, Gen.Elements(values).ArrayOf(12)),
        (2, Long(values)));

    /// <summary>As in large policies: mostly values that no request has, of the same forms as those that some have.</summary>
    private static Gen<string[]> Long(string[] values) =>
        from count in Gen.Choose(9, 60)
        from others in Others(values).ArrayOf(count)
        from met in Gen.Choose(0, 3)
        from some in Gen.Elements(values).ArrayOf(met)
        from all in Gen.Shuffle<string>([.. others, .. some])
        select all.ToArray();

    private static Gen<string> Others(string[] values) =>
        values == Blocks ? Block
        : values == Ports ? Gen.Choose(1, 65535).Select(port => port.ToString(CultureInfo.InvariantCulture))
        : values == Paths ? Gen.OneOf(Template, Longer(Paths))
        : values == MetadataValues ? Gen.Choose(0, 9).SelectMany(i => Gen.Elements($"u{i}", $"[v{i}]", $"[u{i}*]", $"*{i}v"))
        : Longer(values);

    // A block around an address that requests have, of either family and any size.
    private static Gen<string> Block =>
        from address in Gen.Elements(Addresses)
        from length in Gen.Choose(0, address.Contains(':', StringComparison.Ordinal) ? 128 : 32)
        select string.Create(CultureInfo.InvariantCulture, $"{address}/{length}");

    private static Gen<string> Template =>
        from count in Gen.Choose(0, 3)
        from segments in Gen.Elements("a", "b", "x", "c", "{*}").ArrayOf(count)
        from last in Gen.Elements("/{**}", "/{*}", "/{**}/z", "/{**}/", "/{*}/d")
        select string.Concat(segments.Select(segment => "/" + segment)) + last;

    private static Gen<string> Longer(string[] values) =>
        from value in Gen.Elements(values.Where(value => value != "*" && !value.Contains('{', StringComparison.Ordinal)).ToArray())
        from digit in Gen.Choose(0, 4)
        select value.EndsWith('*') ? $"{value[..^1]}{digit}*" : value.StartsWith('*') ? $"*{digit}{value[1..]}" : $"{value}{digit}";
}
