using AuthzEngine.Requests;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Configuration;
using MeshCA.Decisions;
using MeshCA.Rpc.Authorization;
using MeshCA.Wire.Envoy.Auth.V3;
using MeshCA.Wire.Envoy.Core.V3;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rpc.Authorization;

/// <summary>authorization-policy §9, row by row.</summary>
public sealed class CheckAttributesTests
{
    private const string ReadsAll = """
        apiVersion: security.istio.io/v1
        kind: RequestAuthentication
        metadata: {name: tokens, namespace: shop}
        spec: {jwtRules: [{issuer: https://issuer.example}]}
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: all, namespace: shop}
        spec:
          rules: [{when: [{key: "experimental.envoy.filters.a.b[c]", values: [d]}]}]
        """;

    [Fact]
    public void Both_ends_come_from_the_connection()
    {
        var request = Read(Question());
        Assert.Equal("spiffe://cluster.local/ns/web/sa/shop", request.SourcePrincipal);
        Assert.Equal("10.1.2.3", request.SourceIp.ToString());
        Assert.Equal(("10.1.9.9", 8080), (request.DestinationIp.ToString(), request.DestinationPort));
    }

    [Fact]
    public void A_body_is_let_go_of_since_the_log_may_hold_on_to_the_rest()
    {
        var question = Question();
        question.Request.Http.Body = "text";
        question.Request.Http.RawBody = ByteString.CopyFromUtf8("bytes");
        Read(question);
        Assert.Equal(("", 0), (question.Request.Http.Body, question.Request.Http.RawBody.Length));
    }

    [Fact]
    public void An_empty_principal_is_an_absent_one()
    {
        var question = Question();
        question.Source.Principal = "";
        Assert.Null(Read(question).SourcePrincipal);
        Assert.False(Read(question).Unsupplied.HasFlag(AttributeKinds.SourcePrincipal));
        Assert.False(CheckAttributes.ReadSource(question).IsUnknown);
    }

    [Fact]
    public void A_question_without_source_does_not_say_that_there_is_no_principal()
    {
        var question = Question();
        question.Source = null;
        Assert.Null(Read(question).SourcePrincipal);
        Assert.True(Read(question).Unsupplied.HasFlag(AttributeKinds.SourcePrincipal));
        Assert.True(CheckAttributes.ReadSource(question).IsUnknown);
    }

    public static TheoryData<string, AttributeKinds> Addresses() =>
    [
        new("socket", AttributeKinds.None) { Label = "an address and a port" },
        new("pipe", AttributeKinds.DestinationIp | AttributeKinds.DestinationPort) { Label = "a Unix socket" },
        new("none", AttributeKinds.DestinationIp | AttributeKinds.DestinationPort) { Label = "none" },
        new("name", AttributeKinds.DestinationIp) { Label = "a name" },
        new("named port", AttributeKinds.DestinationPort) { Label = "a named port" },
        new("port", AttributeKinds.DestinationPort) { Label = "a port above 65535" },
    ];

    [Theory, MemberData(nameof(Addresses))]
    public void An_address_that_is_none_is_unknown_and_not_absent(string form, AttributeKinds unknown)
    {
        var question = Question();
        question.Destination.Address = form switch
        {
            "socket" => new Address { SocketAddress = new() { Address = "::1", PortValue = 65535 } },
            "pipe" => new Address { Pipe = new() { Path = "/run/x" } },
            "name" => new Address { SocketAddress = new() { Address = "localhost", PortValue = 80 } },
            "named port" => new Address { SocketAddress = new() { Address = "::1", NamedPort = "http" } },
            "port" => new Address { SocketAddress = new() { Address = "::1", PortValue = 65536 } },
            _ => null,
        };
        const AttributeKinds ends = AttributeKinds.DestinationIp | AttributeKinds.DestinationPort;
        Assert.Equal(unknown, Read(question).Unsupplied & ends);
    }

    [Fact]
    public void Method_path_and_host_are_taken_as_they_are_and_empty_ones_are_absent()
    {
        var request = Read(Question());
        Assert.Equal(("GET", "/a%2Fb?c=d", "cart:8080"), (request.Method, request.Path, request.Host));
        var empty = Question();
        empty.Request.Http = new();
        Assert.Equal((null, null, null), (Read(empty).Method, Read(empty).Path, Read(empty).Host));
    }

    [Fact]
    public void A_question_without_http_is_about_a_connection()
    {
        var question = Question();
        question.Request = null;
        var request = Read(question);
        Assert.Equal(RequestProtocol.Tcp, request.Protocol);
        Assert.Null(request.Headers);
        Assert.Equal(request.SourceIp, request.RemoteIp);
    }

    public static TheoryData<string, int, string?, string> RemoteAddresses() =>
    [
        new("Unknown", 0, "203.0.113.9", "") { Label = "not told where from: unknown" },
        new("Source", 0, "203.0.113.9", "10.1.2.3") { Label = "the direct peer" },
        new("ForwardedFor", 0, "203.0.113.9", "203.0.113.9") { Label = "the header" },
        new("ForwardedFor", 1, "203.0.113.9, 10.0.0.1", "203.0.113.9") { Label = "the header, before a trusted hop" },
        new("ForwardedFor", 0, null, "10.1.2.3") { Label = "no header: the direct peer" },
        new("ForwardedFor", 3, "203.0.113.9", "10.1.2.3") { Label = "too short a header: the direct peer" },
    ];

    [Theory, MemberData(nameof(RemoteAddresses))]
    public void The_client_is_where_the_settings_say(string from, int hops, string? header, string expected)
    {
        var question = Question();
        if (header is not null)
        {
            question.Request.Http.Headers["x-forwarded-for"] = header;
        }

        var request = Read(question, new() { RemoteAddress = System.Enum.Parse<RemoteAddressSource>(from), TrustedHops = hops });
        Assert.Equal(expected, request.RemoteIp.ToString());
        Assert.Equal(expected.Length == 0, request.Unsupplied.HasFlag(AttributeKinds.RemoteIp));
    }

    [Theory]
    [InlineData(false, null, false)]
    [InlineData(false, "a.example", true)]
    [InlineData(true, null, true)]
    public void The_server_name_is_unknown_unless_it_is_sent(bool proxiesSend, string? sent, bool known)
    {
        var question = Question();
        question.TlsSession = sent is null ? null : new() { Sni = sent };
        var request = Read(question, new() { ProxiesSend = proxiesSend ? ProxyAttributes.TlsSession : ProxyAttributes.None });
        Assert.Equal(sent, request.Sni);
        Assert.Equal(!known, request.Unsupplied.HasFlag(AttributeKinds.Sni));
    }

    [Fact]
    public void A_token_that_the_proxy_verified_is_in_its_metadata()
    {
        var question = Question();
        question.MetadataContext = Metadata("envoy.filters.http.jwt_authn", "payload", Value.ForStruct(new() { Fields = { { "iss", Value.ForString("x") } } }));
        var request = Read(question);
        Assert.Equal(TokenState.Verified, request.Token);
        Assert.Equal(new ClaimValue.Text("x"), request.Claims!.Members["iss"]);
        Assert.False(request.Unsupplied.HasFlag(AttributeKinds.Claims));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void No_payload_means_no_token_only_where_the_proxy_verifies(bool proxiesVerify, bool unknown)
    {
        var request = Read(Question(), new() { ProxiesSend = proxiesVerify ? ProxyAttributes.TokenPayload : ProxyAttributes.None });
        Assert.Equal((TokenState.Absent, unknown), (request.Token, request.Unsupplied.HasFlag(AttributeKinds.Claims)));
    }

    [Fact]
    public void A_payload_that_cannot_be_read_is_unknown_and_not_absent()
    {
        var question = Question();
        question.MetadataContext = Metadata("envoy.filters.http.jwt_authn", "payload", Value.ForString("no object"));
        var request = Read(question, new() { ProxiesSend = ProxyAttributes.TokenPayload });
        Assert.Null(request.Claims);
        Assert.True(request.Unsupplied.HasFlag(AttributeKinds.Claims));
    }

    [Theory]
    [InlineData(false, true, true)]
    [InlineData(true, true, false)]
    [InlineData(true, false, false)]
    public void Metadata_is_known_only_where_proxies_are_said_to_send_it(bool proxiesSend, bool sent, bool unknown)
    {
        var question = Question();
        question.MetadataContext = sent ? Metadata("envoy.filters.a.b", "c", Value.ForString("d")) : null;
        var request = Read(question, new() { ProxiesSend = proxiesSend ? ProxyAttributes.Metadata : ProxyAttributes.None });
        Assert.Equal(sent, request.FilterMetadata is not null);
        Assert.Equal(unknown, request.Unsupplied.HasFlag(AttributeKinds.FilterMetadata));
    }

    [Fact]
    public void Metadata_beyond_all_bounds_is_unknown()
    {
        var question = Question();
        question.MetadataContext = new();
        for (var i = 0; i < 100; i++)
        {
            question.MetadataContext.FilterMetadata.Add($"filter{i}", new());
        }

        var request = Read(question, new() { ProxiesSend = ProxyAttributes.Metadata });
        Assert.Null(request.FilterMetadata);
        Assert.True(request.Unsupplied.HasFlag(AttributeKinds.FilterMetadata));
    }

    [Fact]
    public void The_workload_is_the_destination_and_what_the_proxys_configuration_says()
    {
        var question = Question();
        Assert.True(CheckAttributes.TryReadWorkload(question, out var reference));
        Assert.Equal((TestPolicies.IdOf("shop/cart"), null), (reference.Principal, reference.Description));
        question.ContextExtensions.Add("meshca.workload.namespace", "other");
        Assert.True(CheckAttributes.TryReadWorkload(question, out reference));
        Assert.Equal("other", reference.Description!.Workload!.Namespace);
        question.ContextExtensions.Add("meshca.workload.nmaespace", "other");
        Assert.False(CheckAttributes.TryReadWorkload(question, out _));
    }

    private static RequestAttributes Read(AttributeContext question, DecisionOptions? options = null)
    {
        var policies = TestPolicies.Of(ReadsAll, "shop/cart").Current!;
        Assert.True(policies.Workloads.TryFind(TestPolicies.IdOf("shop/cart"), out var entry));
        return new CheckAttributes(options ?? new()).Read(question, new DecisionSubject(policies, entry, null, DecisionCaller.Local));
    }

    private static Metadata Metadata(string filter, string key, Value value) =>
        new() { FilterMetadata = { { filter, new Struct { Fields = { { key, value } } } } } };

    private static AttributeContext Question() => new()
    {
        Source = new() { Principal = TestPolicies.IdOf("web/shop"), Address = Socket("10.1.2.3", 41234) },
        Destination = new() { Principal = TestPolicies.IdOf("shop/cart"), Address = Socket("10.1.9.9", 8080) },
        Request = new() { Http = new() { Method = "GET", Path = "/a%2Fb?c=d", Host = "cart:8080" } },
    };

    private static Address Socket(string address, uint port) => new() { SocketAddress = new() { Address = address, PortValue = port } };
}
