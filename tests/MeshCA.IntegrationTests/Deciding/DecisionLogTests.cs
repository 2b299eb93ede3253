using System.IO;
using System.Text.Json;
using Grpc.Net.Client;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Envoy.Auth.V3;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Deciding;

/// <summary>The decision log and the counters of the real service.</summary>
public sealed class DecisionLogTests
{
    private const string OnlyReads = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: readers, namespace: shop}
        spec: {rules: [{to: [{operation: {methods: [GET]}}]}]}
        """;

    [Fact]
    public async Task Every_answer_is_a_line_of_the_log_by_the_time_the_service_has_stopped()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.File("decisions.log");
        await using (var mesh = await TestMesh.StartAsync(
            TestPolicies.Of(OnlyReads, "shop/cart"), ("Decisions:PlaintextPort", "0"), ("DecisionLog:File", file)))
        {
            await AskAsync(mesh, "GET");
            await AskAsync(mesh, "DELETE");
        }

        var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        Assert.Equal([("GET", "allow"), ("DELETE", "deny")], lines.Select(Read));
    }

    [Fact]
    public async Task Every_decision_is_counted_be_it_logged()
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(OnlyReads, "shop/cart"), ("Decisions:PlaintextPort", "0"));
        await AskAsync(mesh, "GET");
        await AskAsync(mesh, "DELETE");

        var metrics = await mesh.GetAsync("/metrics");
        Assert.Contains("meshca_decisions_total{decision=\"allow\",action=\"ALLOW\",reason=\"allow_rule_matched\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("meshca_decisions_total{decision=\"deny\",action=\"NONE\",reason=\"no_allow_rule_matched\"} 1", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_for_nobody_keep_the_service_from_starting()
    {
        using var home = new MeshHome([("DecisionLog:Otlp", "true")]);

        Assert.Contains("DecisionLog:Otlp needs Telemetry:OtlpEndpoint.", (await home.RefusalAsync()).Faults);
    }

    private static (string? Method, string? Decision) Read(string line)
    {
        using var json = JsonDocument.Parse(line);
        return (
            json.RootElement.GetProperty("request").GetProperty("http").GetProperty("method").GetString(),
            json.RootElement.GetProperty("decision").GetString());
    }

    private static async Task AskAsync(TestMesh mesh, string method)
    {
        using var channel = GrpcChannel.ForAddress(mesh.DecisionAddress!);
        var question = Question.Http("shop/cart", method);
        await new Authorization.AuthorizationClient(channel).CheckAsync(question, cancellationToken: TestContext.Current.CancellationToken);
    }
}
