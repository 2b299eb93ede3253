using System.IO;
using System.Text.Json.Nodes;
using MeshCA.Hosting;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Proxies;

/// <summary>Check asked by npm's grpc-js, with messages of its own proto file.</summary>
public sealed class GrpcJsTests : IDisposable
{
    private const string Policies = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: readers, namespace: shop}
        spec:
          selector: {matchLabels: {app: cart}}
          rules:
          - from: [{source: {principals: ["cluster.local/ns/shop/sa/web"]}}]
            to: [{operation: {methods: [GET], ports: ["8080"]}}]
          - to: [{operation: {ports: ["6379"]}}]
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: no-robots, namespace: shop}
        spec:
          action: DENY
          rules:
          - to: [{operation: {ports: ["8080"]}}]
            when: [{key: "request.headers[user-agent]", values: ["robot"]}]
        """;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Over_mutual_tls()
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(Policies, "shop/cart", "shop/stock"));
        using var key = WorkloadKey.P256();
        using var first = mesh.Connect();
        var answer = await first.AskAsync(key.Csr(), new Ask { Token = mesh.Home.Token("cart") });

        await AskAllAsync(
            $"ipv4:127.0.0.1:{mesh.Address.Port}",
            Write("roots.pem", await mesh.ReadBundleAsync()),
            Write("chain.pem", answer.Elements[0] + answer.IntermediatesPem),
            Write("key.pem", key.ToPem()));
    }

    [Fact]
    public async Task Over_the_socket()
    {
        var socket = _directory.File("run/decisions.sock");
        await using var mesh = await TestMesh.StartAsync(
            TestPolicies.Of(Policies, "shop/cart", "shop/stock"),
            ("Decisions:Socket", socket),
            ("Decisions:SocketPeers:0", $"{PeerCredential.OwnUserId}={TestPolicies.IdOf("shop/cart")}"));

        await AskAllAsync($"unix:{socket}");
    }

    [Fact]
    public async Task Without_a_certificate_or_without_a_service_the_call_fails_and_is_no_denial()
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(Policies, "shop/cart"));
        string[] target = [$"ipv4:127.0.0.1:{mesh.Address.Port}", Write("roots.pem", await mesh.ReadBundleAsync())];
        var stranger = await RunAsync([Question("shop/cart", Http("GET"))], target);
        Assert.Equal(16, (int?)stranger[0]!["error"]);
        Assert.Contains(
            "grpc_service=\"envoy.service.auth.v3.Authorization\",grpc_method=\"Check\",grpc_code=\"Unauthenticated\"} 1",
            await mesh.GetAsync("/metrics"), StringComparison.Ordinal);

        await mesh.StopAsync();
        var down = await RunAsync([Question("shop/cart", Http("GET"))], target);
        Assert.Equal(14, (int?)down[0]!["error"]);
    }

    private static async Task AskAllAsync(params string[] target)
    {
        var answers = await RunAsync(
            [
                Question("shop/cart", Http("GET")),
                Question("shop/cart", Http("POST")),
                Question("shop/cart", Http("GET", "robot")),
                Question("shop/cart", Raw("GET", "robot")),
                Question("shop/cart", null, 6379),
                Question("shop/cart", null), // on TCP what asks for a header is left out of a DENY rule, authorization-policy §2.6
                Question("", Http("GET")),
                Question("shop/stock", Http("GET")),
            ],
            target);

        Assert.Equal(
            ["0 allow_rule_matched", "7 no_allow_rule_matched", "7 deny_rule_matched", "7 deny_rule_matched", "0 allow_rule_matched", "7 deny_rule_matched", "0 allow_rule_matched", "error 7"],
            answers.Select(Summary));
        Assert.Equal((403, "RBAC: access denied"), ((int)answers[1]!["denied_response"]!["status"]!["code"]!, (string?)answers[1]!["denied_response"]!["body"]));
        Assert.Equal("ns[shop]-policy[no-robots]-rule[0]", (string?)Metadata(answers[2]!, "rule"));
        Assert.NotNull(answers[0]!["ok_response"]);
        Assert.Null(answers[5]!["denied_response"]);
        Assert.Contains("shop/sa/stock", (string?)answers[7]!["details"], StringComparison.Ordinal);
    }

    private static string Summary(JsonNode? answer) => answer!["error"] is { } error
        ? $"error {error}"
        : $"{answer["status"]!["code"]} {Metadata(answer, "reason")}";

    private static JsonNode? Metadata(JsonNode answer, string key) =>
        answer["dynamic_metadata"]!["fields"]!["meshca"]!["structValue"]!["fields"]![key]!["stringValue"];

    private static JsonObject Question(string destination, JsonObject? http, int port = 8080) => new()
    {
        ["attributes"] = new JsonObject
        {
            ["source"] = Peer("shop/web", "10.1.2.3", 41234),
            ["destination"] = Peer(destination, "10.1.9.9", port),
            ["request"] = http is null ? null : new JsonObject { ["http"] = http },
        },
    };

    private static JsonObject Peer(string account, string address, int port) => new()
    {
        ["principal"] = account.Length == 0 ? "" : TestPolicies.IdOf(account),
        ["address"] = new JsonObject { ["socket_address"] = new JsonObject { ["address"] = address, ["port_value"] = port } },
    };

    private static JsonObject Http(string method, string agent = "test") => new()
    {
        ["method"] = method,
        ["path"] = "/",
        ["host"] = "cart.shop",
        ["scheme"] = "http",
        ["protocol"] = "HTTP/1.1",
        ["headers"] = new JsonObject { [":method"] = method, [":path"] = "/", ["user-agent"] = agent },
    };

    // As Envoy sends headers with `encode_raw_headers`.
    private static JsonObject Raw(string method, string agent)
    {
        var http = Http(method);
        http.Remove("headers");
        http["header_map"] = new JsonObject
        {
            ["headers"] = new JsonArray(new JsonObject { ["key"] = "user-agent", ["raw_value"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(agent)) }),
        };
        return http;
    }

    private static async Task<JsonArray> RunAsync(JsonArray questions, params string[] target)
    {
        var (code, output) = await Command.RunAsync(
            "node",
            questions.ToJsonString(),
            [RepositoryFile.PathOf("tests/MeshCA.IntegrationTests/Proxies/grpcjs_check.mjs"), RepositoryFile.PathOf("tests/MeshCA.IntegrationTests/Proxies/check.proto"), .. target]);
        Assert.True(code == 0, $"{output} (is grpc-js there? `scripts/install-interop.sh` installs it)");
        return JsonNode.Parse(output)!.AsArray();
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_directory.File(name), text);
        return _directory.File(name);
    }
}
