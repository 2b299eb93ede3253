using System.Net;
using System.Net.Http;
using System.Text.Json.Nodes;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Deciding;

/// <summary>The HTTP form against the real service: as Envoy asks, and as nginx, HAProxy and Caddy do.</summary>
public sealed class ExternalAuthorizationTests
{
    private const string Cart = "cluster.local%2Fns%2Fshop%2Fsa%2Fcart";

    private const string Policy = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: readers, namespace: shop}
        spec:
          rules:
          - to: [{operation: {methods: [GET], paths: ["/public/*"], hosts: ["cart.example"]}}]
          - to: [{operation: {paths: ["/team"]}}]
            when: [{key: "request.headers[x-team]", values: [blue]}]
          - from: [{source: {ipBlocks: ["192.0.2.0/24"]}}]
        """;

    private static readonly (string, string) Open = ("Decisions:HttpPort", "0");

    // method, target, headers: status
    public static TheoryData<string, string, string, int> Forwarded() =>
    [
        new("GET", "/public/a?b=c", "", 200) { Label = "allowed" },
        new("POST", "/public/a", "", 403) { Label = "another method" },
        new("GET", "/public/../private", "", 403) { Label = "a path that is normalized first" },
        new("GET", "/public/%2e%2e/private", "", 403) { Label = "and once decoded" },
        new("GET", "/public/%00", "", 400) { Label = "a path that Envoy refuses" },
        new("GET", "/team", "x-team: red|x-team: blue", 200) { Label = "any line of a header" },
        new("GET", "/team", "x-team: red,blue", 403) { Label = "one line with a comma" },
        new("GET", "/team", "", 403) { Label = "no such header" },
    ];

    [Theory, MemberData(nameof(Forwarded))]
    public async Task A_request_is_decided_from_the_headers_that_the_proxy_wrote(string method, string target, string headers, int expected)
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(Policy, "shop/cart"), Open);
        using var response = await AskAsync(mesh, $"/forward-auth/{Cart}", HttpMethod.Get,
            [("X-Original-Method", method), ("X-Original-URI", target), ("X-Original-Host", "cart.example"), .. Lines(headers)]);
        Assert.Equal(expected, (int)response.StatusCode);
    }

    [Fact]
    public async Task The_answer_tells_number_and_reason_and_no_policy()
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(Policy, "shop/cart"), Open);
        using var response = await AskAsync(mesh, $"/envoy/{Cart}/private", HttpMethod.Get, []);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("RBAC: access denied", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["no_allow_rule_matched"], response.Headers.GetValues("x-meshca-reason"));
        Assert.Single(response.Headers.GetValues("x-meshca-decision-id"));
        Assert.DoesNotContain("readers", response.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/public/a%2Fb?c=d", "GET", 200)]
    [InlineData("/public/a", "DELETE", 403)]
    [InlineData("/private", "GET", 403)]
    public async Task In_envoys_form_method_path_and_host_are_the_requests_own(string target, string method, int expected)
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(Policy, "shop/cart"), Open);
        using var response = await AskAsync(mesh, $"/envoy/{Cart}{target}", new HttpMethod(method), [("Host", "cart.example"), ("X-Original-URI", "/public/x")]);
        Assert.Equal(expected, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_header_that_the_proxy_did_not_write_or_wrote_twice_is_an_error()
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(Policy, "shop/cart"), Open);
        (string, string)[] whole = [("X-Original-Method", "GET"), ("X-Original-URI", "/public/a"), ("X-Original-Host", "cart.example")];
        foreach (var left in whole)
        {
            using var without = await AskAsync(mesh, $"/forward-auth/{Cart}", HttpMethod.Get, [.. whole.Where(header => header != left)]);
            using var twice = await AskAsync(mesh, $"/forward-auth/{Cart}", HttpMethod.Get, [.. whole, left]);
            Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (without.StatusCode, twice.StatusCode));
        }
    }

    [Theory]
    [InlineData("cluster.local%2Fns%2Fshop%2Fsa%2Fnobody", 503)]
    [InlineData("no%20id", 400)]
    [InlineData("-", 400)]
    public async Task A_workload_that_is_unknown_or_not_named_is_an_error(string workload, int expected)
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(Policy, "shop/cart"), Open);
        using var response = await AskAsync(mesh, $"/envoy/{workload}/public/a", HttpMethod.Get, []);
        Assert.Equal(expected, (int)response.StatusCode);
    }

    [Fact]
    public async Task The_direct_peer_is_known_only_from_the_header_that_the_settings_name()
    {
        await using var unset = await TestMesh.StartAsync(TestPolicies.Of(Policy, "shop/cart"), Open);
        await using var set = await TestMesh.StartAsync(TestPolicies.Of(Policy, "shop/cart"), Open, ("Decisions:AddressHeader", "X-Real-IP"));
        (string, string)[] headers = [("X-Real-IP", "192.0.2.7")];
        using var unknown = await AskAsync(unset, $"/envoy/{Cart}/private", HttpMethod.Get, headers);
        using var known = await AskAsync(set, $"/envoy/{Cart}/private", HttpMethod.Get, headers);
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.OK), (unknown.StatusCode, known.StatusCode));
    }

    [Fact]
    public async Task Over_the_mesh_port_a_proxy_asks_about_itself_with_its_certificate()
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(Policy, "shop/cart"));
        Assert.Null(mesh.DecisionHttpAddress);
        using var stranger = mesh.ConnectRaw();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(MeshClient.ByName(mesh.Address), "/envoy/-/public/a"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await stranger.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(["CallerUnknown"], response.Headers.GetValues("x-meshca-reason"));
    }

    [Theory]
    [InlineData("/private/../../../forward-auth/x")]
    [InlineData("/private/%2e%2e/%2e%2e/%2e%2e/forward-auth/x")]
    public async Task A_path_cannot_lead_from_envoys_form_to_the_other_whose_headers_clients_could_send(string path)
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(Policy, "shop/cart"), Open);
        using var response = await AskAsync(mesh, $"/envoy/{Cart}{path}", HttpMethod.Get,
            [("X-Original-Method", "GET"), ("X-Original-URI", "/public/a"), ("X-Original-Host", "cart.example")]);
        Assert.NotEqual(HttpStatusCode.OK, response.StatusCode);
    }

    // Envoy's HTTP filter leaves out what `allowed_headers` does not name, so that a header may be there all the same.
    [Theory]
    [InlineData("None", "", 403)]
    [InlineData("None", "x-blocked: no", 200)]
    [InlineData("None", "x-blocked: yes", 403)]
    [InlineData("Headers", "", 200)]
    public async Task A_header_that_envoy_may_have_left_out_is_unknown(string sent, string headers, int expected)
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(Blocked, "shop/cart"), Open, ("Decisions:ProxiesSend", sent));
        using var response = await AskAsync(mesh, $"/envoy/{Cart}/", HttpMethod.Get, [.. Lines(headers)]);
        Assert.Equal(expected, (int)response.StatusCode);
    }

    [Fact]
    public async Task Headers_that_only_verified_claims_may_set_are_named_for_removal_and_claims_need_not_be_ascii()
    {
        using var signer = new TestTokenSigner("ES256", "k1");
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(Outputs(signer), "shop/cart"), Open, ("Decisions:ProxiesSend", "Headers"));
        using var spoofed = await AskAsync(mesh, $"/envoy/{Cart}/", HttpMethod.Get, [("x-user", "root")]);
        Assert.Equal(HttpStatusCode.OK, spoofed.StatusCode);
        Assert.Equal(["x-user"], spoofed.Headers.GetValues("x-envoy-auth-headers-to-remove"));

        var token = signer.Sign(new JsonObject { ["iss"] = "https://issuer.example", ["sub"] = "me", ["name"] = "Zoë" });
        using var named = await AskAsync(mesh, $"/envoy/{Cart}/", HttpMethod.Get, [("Authorization", "Bearer " + token)]);
        Assert.Equal(HttpStatusCode.OK, named.StatusCode);
        Assert.Equal(["Zoë"], named.Headers.GetValues("x-user"));
    }

    private const string Blocked = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: blocked, namespace: shop}
        spec:
          action: DENY
          rules: [{when: [{key: "request.headers[x-blocked]", values: ["yes"]}]}]
        """;

    private static string Outputs(TestTokenSigner signer) => $$"""
        apiVersion: security.istio.io/v1
        kind: RequestAuthentication
        metadata: {name: tokens, namespace: shop}
        spec:
          jwtRules:
          - issuer: https://issuer.example
            jwks: '{{TestTokenSigner.KeySet(signer)}}'
            outputClaimToHeaders: [{header: x-user, claim: name}]
        """;

    private static IEnumerable<(string, string)> Lines(string headers) =>
        headers.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(line => (line[..line.IndexOf(':')], line[(line.IndexOf(':') + 2)..]));

    private static async Task<HttpResponseMessage> AskAsync(TestMesh mesh, string target, HttpMethod method, (string Name, string Value)[] headers)
    {
        using var client = new RawHttp(mesh.DecisionHttpAddress!);
        return await client.SendAsync(method.Method, target, headers);
    }
}
