using System.Globalization;
using System.Net.Http;
using System.Text.Json.Nodes;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Proxies;

/// <summary>What a proxy with the configuration of docs/proxies does with requests, whichever proxy it is.</summary>
public abstract class ProxyContract : IAsyncLifetime
{
    private readonly TestTokenSigner _signer = new("ES256", "k1");
    private readonly TemporaryDirectory _directory = new();
    private readonly int _port = ProxyProcess.FreePort();
    private Upstream? _upstream;
    private TestMesh? _mesh;
    private ProxyProcess? _proxy;

    /// <summary>The status of a request that nobody could decide.</summary>
    protected abstract int Undecided { get; }

    /// <summary>Starts the proxy.</summary>
    /// <param name="ports">The ports that the configuration is to hold.</param>
    /// <param name="directory">Where it may write.</param>
    private protected abstract Task<ProxyProcess> StartAsync(ProxyPorts ports, TemporaryDirectory directory);

    public async ValueTask InitializeAsync()
    {
        _upstream = await Upstream.StartAsync();
        _mesh = await TestMesh.StartAsync(
            TestPolicies.Of(Policies(), "shop/cart"),
            ("Decisions:HttpPort", "0"),
            ("Decisions:AddressHeader", "X-Real-IP"),
            ("Decisions:DestinationHeader", "X-Destination"),
            ("Decisions:ShowPolicy", "true"));
        _proxy = await StartAsync(new(_port, _mesh.DecisionHttpAddress!.Port, _upstream.Port), _directory);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in new IAsyncDisposable?[] { _proxy, _mesh, _upstream })
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        _directory.Dispose();
        _signer.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task An_allowed_request_reaches_the_workload_as_it_was_decided()
    {
        using var answer = await AskAsync("GET", "/public/x/../a%41?b=c", [("X-User", "root"), ("X-Kept", "yes"), ("Authorization", "Basic abc")]);

        Assert.Equal(200, (int)answer.StatusCode);
        var arrival = Assert.Single(_upstream!.Arrivals);
        Assert.Equal(("GET", "/public/aA?b=c", "yes", "Basic abc"),
            (arrival.Method, arrival.Target, arrival.Headers["x-kept"], arrival.Headers["authorization"]));
        Assert.False(arrival.Headers.ContainsKey("x-user"));
    }

    [Fact]
    public async Task A_verified_token_becomes_headers_and_stays_behind()
    {
        using var inHeader = await AskAsync("GET", "/public/a", [("Authorization", "Bearer " + Token()), ("X-User", "root")]);
        using var inQuery = await AskAsync("GET", $"/public/a?b=c&access_token={Token()}", [("X-User", "root")]);

        Assert.Equal((200, 200), ((int)inHeader.StatusCode, (int)inQuery.StatusCode));
        Assert.Equal(["/public/a", "/public/a?b=c"], _upstream!.Arrivals.Select(arrival => arrival.Target));
        Assert.All(_upstream.Arrivals, arrival => Assert.Equal("ann", arrival.Headers["x-user"]));
        Assert.All(_upstream.Arrivals, arrival => Assert.False(arrival.Headers.ContainsKey("authorization")));
    }

    [Fact]
    public async Task A_denied_request_is_told_the_policy_and_does_not_reach_the_workload()
    {
        using var answer = await AskAsync("GET", "/public/secret", []);

        Assert.Equal(403, (int)answer.StatusCode);
        Assert.Equal(["AuthorizationPolicy/shop/no-secrets"], answer.Headers.GetValues("X-Meshca-Policy"));
        Assert.Single(answer.Headers.GetValues("X-Meshca-Decision-Id"));
        Assert.Empty(_upstream!.Arrivals);
    }

    public static TheoryData<string, string, string, int> Requests() =>
    [
        new("POST", "/public/a", "", 403) { Label = "another method" },
        new("POST", "/forms", "X-Team: blue", 200) { Label = "with a body" },
        new("POST", "/forms", "X-Team: red|X-Team: blue", 200) { Label = "each line of a header counts" },
        new("POST", "/forms", "X-Team: red", 403) { Label = "another value" },
        new("GET", "/public/../private", "", 403) { Label = "a path that leads elsewhere" },
        new("GET", "/public/%2e%2e/private", "", 403) { Label = "and once decoded" },
        new("GET", "/private", "X-Original-URI: /public/a", 403) { Label = "a client that plays proxy" },
        new("DELETE", "/public/a", "X-Original-Method: GET", 403) { Label = "or another method" },
        new("GET", "/port", "", 200) { Label = "the port that was connected to" },
        new("GET", "/local", "", 200) { Label = "the address of the client" },
        new("GET", "/remote", "X-Real-IP: 192.0.2.7", 403) { Label = "not the one that the client tells" },
        new("GET", "/public/a", "Authorization: Bearer broken", 401) { Label = "a broken token" },
    ];

    [Theory, MemberData(nameof(Requests))]
    public async Task A_request_is_decided_by_what_it_is(string method, string target, string headers, int expected)
    {
        var lines = headers.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(": ") is [var name, var value] ? (name, value) : default);
        using var answer = await AskAsync(method, target, [.. lines]);

        Assert.Equal(expected, (int)answer.StatusCode);
        Assert.Equal(expected == 200 ? 1 : 0, _upstream!.Arrivals.Count);
        Assert.Equal(expected == 401, answer.Headers.Contains("WWW-Authenticate"));
    }

    [Fact]
    public async Task Nothing_passes_while_nobody_decides()
    {
        await _mesh!.StopAsync();
        using var answer = await AskAsync("GET", "/public/a", []);

        Assert.Equal(Undecided, (int)answer.StatusCode);
        Assert.Empty(_upstream!.Arrivals);
    }

    [Fact]
    public async Task Nor_where_the_decision_point_answers_with_an_error()
    {
        // With the lines that the proxy adds there are more than 100, which nobody reads.
        using var answer = await AskAsync("GET", "/public/a", [.. Enumerable.Range(0, 95).Select(i => ($"X-Line-{i}", "x"))]);

        Assert.Equal(Undecided, (int)answer.StatusCode);
        Assert.Empty(_upstream!.Arrivals);
    }

    private string Token() => _signer.Sign(new JsonObject { ["iss"] = "https://issuer.example", ["sub"] = "me", ["name"] = "ann" });

    private async Task<HttpResponseMessage> AskAsync(string method, string target, (string, string)[] headers)
    {
        (string, string)[] lines = [.. headers, .. method == "POST" ? [("Content-Length", "0")] : ((string, string)[])[]];
        using var client = new RawHttp(new Uri($"http://127.0.0.1:{_port}"));
        return await client.SendAsync(method, target, lines);
    }

    private string Policies() => $$"""
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: allowed, namespace: shop}
        spec:
          rules:
          - to:
            - operation: {methods: [GET], paths: ["/public/*"]}
            - operation: {paths: ["/port"], ports: ["{{_port.ToString(CultureInfo.InvariantCulture)}}"]}
          - from:
            - source: {ipBlocks: ["127.0.0.0/8"]}
            to:
            - operation: {paths: ["/local"]}
          - from:
            - source: {ipBlocks: ["192.0.2.0/24"]}
            to:
            - operation: {paths: ["/remote"]}
          - to:
            - operation: {methods: [POST], paths: ["/forms"]}
            when: [{key: "request.headers[x-team]", values: [blue]}]
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: no-secrets, namespace: shop}
        spec:
          action: DENY
          rules:
          - to:
            - operation: {paths: ["/public/secret*"]}
        ---
        apiVersion: security.istio.io/v1
        kind: RequestAuthentication
        metadata: {name: tokens, namespace: shop}
        spec:
          jwtRules:
          - issuer: https://issuer.example
            jwks: '{{TestTokenSigner.KeySet(_signer)}}'
            outputClaimToHeaders: [{header: x-user, claim: name}]
        """;
}

/// <summary>The ports of a proxy's configuration.</summary>
/// <param name="Own">Where clients connect.</param>
/// <param name="Decisions">Where it asks.</param>
/// <param name="Upstream">Where it sends allowed requests.</param>
internal sealed record ProxyPorts(int Own, int Decisions, int Upstream)
{
    /// <summary>What takes the places of the ports in docs/proxies.</summary>
    public IReadOnlyList<(string, string)> Changes =>
        [("127.0.0.1:8080", $"127.0.0.1:{Own}"), ("127.0.0.1:15013", $"127.0.0.1:{Decisions}"), ("127.0.0.1:9080", $"127.0.0.1:{Upstream}")];
}
