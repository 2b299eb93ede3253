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
        new("GET", "/public/%00", "", 503) { Label = "a path that Envoy refuses" },
        new("GET", "http://cart.example/public/a", "", 503) { Label = "a target in another form" },
        new("GET", "@cart.example/public/a", "", 503) { Label = "what would be another host in a URL" },
        new("GET", "/public/a b", "", 503) { Label = "a blank in the target" },
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
            Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable), (without.StatusCode, twice.StatusCode));
        }
    }

    // Envoy takes any other status below 500 for a denial.
    [Theory]
    [InlineData("/envoy/cluster.local%2Fns%2Fshop%2Fsa%2Fnobody/public/a", "WorkloadUnknown", "envoy")]
    [InlineData("/envoy/no%20id/public/a", "WorkloadMalformed", "envoy")]
    [InlineData("/envoy/-/public/a", "WorkloadUnnamed", "envoy")]
    [InlineData("/envoy/-", "WorkloadUnnamed", "envoy")]
    [InlineData("/forward-auth/-", "WorkloadUnnamed", "forward-auth")]
    [InlineData($"/forward-auth/{Cart}", "QuestionMalformed", "forward-auth")]
    [InlineData("/envoi/-/public/a", "QuestionMalformed", "unknown")]
    [InlineData("/", "QuestionMalformed", "unknown")]
    public async Task A_question_that_nobody_can_decide_is_an_error_that_says_why_and_counts(string target, string reason, string form)
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(Policy, "shop/cart"), Open);
        using var response = await AskAsync(mesh, target, HttpMethod.Get, []);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal([reason], response.Headers.GetValues("x-meshca-reason"));
        Assert.NotEmpty(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        var metrics = await mesh.GetAsync("/metrics");
        Assert.Contains($"meshca_decisions_refused_total{{reason=\"{reason}\"}} 1", metrics, StringComparison.Ordinal);
        await Eventually.TrueAsync(
            async () => (await mesh.GetAsync("/metrics")).Contains($"meshca_decision_http_answers_total{{form=\"{form}\",code=\"503\"}} 1", StringComparison.Ordinal),
            "the answer is counted");
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
        using var unknown = await AskAsync(stranger, mesh, "/envoy/-/public/a", []);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, unknown.StatusCode);
        Assert.Equal(["CallerUnknown"], unknown.Headers.GetValues("x-meshca-reason"));
        Assert.Contains("client certificate", await unknown.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        using var proxy = await mesh.EnrolRawAsync("cart");
        using var itself = await AskAsync(proxy, mesh, "/envoy/-/private", []);
        Assert.Equal(HttpStatusCode.Forbidden, itself.StatusCode);
        using var other = await AskAsync(proxy, mesh, "/envoy/cluster.local%2Fns%2Fshop%2Fsa%2Fstock/private", []);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, other.StatusCode);
        Assert.Equal(["CallerNotEntitled"], other.Headers.GetValues("x-meshca-reason"));
    }

    private const string OfWeb = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: web, namespace: shop}
        spec:
          rules:
          - from: [{source: {principals: ["cluster.local/ns/shop/sa/web"]}}]
            to: [{operation: {ports: ["8443"]}}]
            when: [{key: connection.sni, values: ["cart.example"]}]
        """;

    private static readonly (string, string)[] FromWeb =
    [
        ("X-Forwarded-Client-Cert", "By=spiffe://cluster.local/ns/shop/sa/cart;Hash=00;Subject=\"CN=\\\"a,b\\\"\";URI=spiffe://cluster.local/ns/shop/sa/web"),
        ("X-Destination", "10.0.0.9:8443"), ("X-Server-Name", "cart.example"),
    ];

    private static readonly (string, string)[] Named =
    [
        ("Decisions:PeerHeader", "X-Forwarded-Client-Cert"), ("Decisions:DestinationHeader", "X-Destination"), ("Decisions:ServerNameHeader", "X-Server-Name"),
    ];

    [Fact]
    public async Task Peer_destination_and_server_name_are_known_from_the_headers_that_the_settings_name()
    {
        await using var unset = await TestMesh.StartAsync(TestPolicies.Of(OfWeb, "shop/cart"), Open);
        using var unknown = await AskAsync(unset, $"/envoy/{Cart}/", HttpMethod.Get, FromWeb);
        Assert.Equal(HttpStatusCode.Forbidden, unknown.StatusCode);

        await using var set = await TestMesh.StartAsync(TestPolicies.Of(OfWeb, "shop/cart"), [Open, .. Named]);
        using var known = await AskAsync(set, $"/envoy/{Cart}/", HttpMethod.Get, FromWeb);
        Assert.Equal(HttpStatusCode.OK, known.StatusCode);
        foreach (var left in FromWeb)
        {
            using var without = await AskAsync(set, $"/envoy/{Cart}/", HttpMethod.Get, [.. FromWeb.Where(header => header != left)]);
            Assert.Equal(HttpStatusCode.Forbidden, without.StatusCode);
        }

        using var broken = await AskAsync(set, $"/envoy/{Cart}/", HttpMethod.Get, [("X-Forwarded-Client-Cert", "URI=\"")]);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, broken.StatusCode);
    }

    [Fact]
    public async Task They_count_only_from_callers_that_may_speak_for_others()
    {
        await using var untrusting = await TestMesh.StartAsync(TestPolicies.Of(OfWeb, "shop/cart"), Named);
        using var proxy = await untrusting.EnrolRawAsync("cart");
        using var unknown = await AskAsync(proxy, untrusting, "/envoy/-/", FromWeb);
        Assert.Equal(HttpStatusCode.Forbidden, unknown.StatusCode);

        await using var trusting = await TestMesh.StartAsync(
            TestPolicies.Of(OfWeb, "shop/cart"), [("Decisions:TrustedCallers:0", "spiffe://cluster.local/ns/shop/sa/gateway"), .. Named]);
        using var gateway = await trusting.EnrolRawAsync("gateway");
        using var known = await AskAsync(gateway, trusting, $"/envoy/{Cart}/", FromWeb);
        Assert.Equal(HttpStatusCode.OK, known.StatusCode);
    }

    // A rule that reads such a header reads what the proxy wrote for us, and not what the client sent.
    [Fact]
    public async Task A_header_that_tells_of_the_connection_is_no_header_of_the_client()
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of("""
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: names, namespace: shop}
            spec:
              rules: [{when: [{key: "request.headers[x-server-name]", values: ["cart.example"]}]}]
            """, "shop/cart"), [Open, .. Named]);
        using var response = await AskAsync(mesh, $"/envoy/{Cart}/", HttpMethod.Get, FromWeb);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Theory]
    [InlineData("/shop?a=1&token=TOKEN&b=2", 200, "/shop?a=1&b=2")]
    [InlineData("/shop?token=TOKEN", 200, "/shop")]
    [InlineData("/x/../shop?%74oken=TOKEN", 200, "/shop")]
    [InlineData("/shop?other=TOKEN", 403, null)]
    [InlineData("/shop?token=TOKEN.", 401, null)]
    public async Task A_token_in_the_query_is_found_and_the_proxy_is_told_the_path_without_it(string target, int expected, string? path)
    {
        using var signer = new TestTokenSigner("ES256", "k1");
        var policies = $$"""
            apiVersion: security.istio.io/v1
            kind: RequestAuthentication
            metadata: {name: tokens, namespace: shop}
            spec:
              jwtRules:
              - issuer: https://issuer.example
                jwks: '{{TestTokenSigner.KeySet(signer)}}'
                fromParams: [token]
            ---
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: me, namespace: shop}
            spec:
              rules:
              - from:
                - source: {requestPrincipals: ["https://issuer.example/me"]}
                to:
                - operation: {paths: ["/shop"]}
            """;
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(policies, "shop/cart"), Open);
        var sent = target.Replace("TOKEN", signer.Sign(new JsonObject { ["iss"] = "https://issuer.example", ["sub"] = "me" }), StringComparison.Ordinal);
        using var response = await AskAsync(mesh, $"/forward-auth/{Cart}", HttpMethod.Get,
            [("X-Original-Method", "GET"), ("X-Original-URI", sent), ("X-Original-Host", "cart.example")]);
        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal(path, response.Headers.TryGetValues("x-meshca-path", out var values) ? Assert.Single(values) : null);
    }

    [Fact]
    public async Task Policy_and_rule_are_named_where_the_settings_say_so()
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(Blocked, "shop/cart"), Open, ("Decisions:ShowPolicy", "true"));
        using var response = await AskAsync(mesh, $"/envoy/{Cart}/", HttpMethod.Get, [("x-blocked", "yes")]);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(["AuthorizationPolicy/shop/blocked"], response.Headers.GetValues("x-meshca-policy"));
        Assert.Equal(["ns[shop]-policy[blocked]-rule[0]"], response.Headers.GetValues("x-meshca-rule"));
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

    private static async Task<HttpResponseMessage> AskAsync(HttpMessageInvoker client, TestMesh mesh, string target, (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(MeshClient.ByName(mesh.Address), target))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task<HttpResponseMessage> AskAsync(TestMesh mesh, string target, HttpMethod method, (string Name, string Value)[] headers)
    {
        using var client = new RawHttp(mesh.DecisionHttpAddress!);
        return await client.SendAsync(method.Method, target, headers);
    }
}
