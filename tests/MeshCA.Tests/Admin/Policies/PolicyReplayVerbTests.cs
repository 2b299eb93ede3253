using MeshCA.Admin;
using Xunit;

namespace MeshCA.Tests.Admin.Policies;

public sealed class PolicyReplayVerbTests
{
    private const string Log = """
        {"time":"2026-01-02T03:04:05Z","decision_id":"d1","revision":1,"workload":{"namespace":"shop","labels":{"app":"api"},"proxy":"sidecar","trust_domain":"cluster.local"},"request":{"source_principal":"spiffe://cluster.local/ns/shop/sa/web","dest_port":80,"http":{"method":"GET","path":"/items/1"}},"redacted":[],"decision":"allow","policy":"ns[shop]-policy[api]-rule[0]","reason":"r"}
        {"time":"2026-01-02T03:04:06Z","decision_id":"d2","revision":1,"workload":{"namespace":"shop","labels":{"app":"api"}},"request":{"source_principal":"spiffe://cluster.local/ns/shop/sa/web","dest_port":80,"http":{"method":"GET","path":"/items/admin"}},"decision":"allow","policy":"ns[shop]-policy[api]-rule[0]","reason":"r"}
        {"time":"2026-01-02T03:04:07Z","decision_id":"d3","revision":1,"workload":{"namespace":"shop","labels":{"app":"api"}},"request":{"source_principal":"spiffe://cluster.local/ns/shop/sa/web","dest_port":80,"http":{"method":"GET"}},"redacted":["http.path"],"decision":"allow","policy":"ns[shop]-policy[api]-rule[0]","reason":"r"}
        {"time":"2026-01-02T03:04:08Z","decision_id":"d4","revision":1,"workload":{"namespace":"shop","labels":{"app":"api"}},"request":{"source_principal":"spiffe://cluster.local/ns/shop/sa/web","dest_port":80,"http":{"method":"GET","path":"/items/x/../admin"}},"decision":"allow","policy":"ns[shop]-policy[api]-rule[0]","reason":"r"}
        """;

    [Fact]
    public async Task Decisions_are_the_same_changed_or_unknown() =>
        PolicyCli.Matches("replay", (await ReplayAsync(Log)).Ends(ExitCode.Ok).Out);

    [Fact]
    public async Task Json_says_the_same()
    {
        var json = (await ReplayAsync(Log, "-o", "json")).Ends(ExitCode.Ok).Json();

        Assert.Equal((4, 2), (json.GetProperty("records").GetInt32(), json.GetProperty("same").GetInt32()));
        Assert.Equal("d2", json.GetProperty("changed")[0].GetProperty("decision_id").GetString());
        Assert.Equal("d3", json.GetProperty("unknown")[0].GetProperty("decision_id").GetString());
    }

    [Fact]
    public async Task A_line_that_is_no_record_is_reported_and_the_others_are_replayed()
    {
        var result = (await ReplayAsync("{}\n" + Log.Split('\n')[0])).Ends(ExitCode.Failure);

        Assert.StartsWith("1 recorded decisions: 1 would be the same", result.Out, StringComparison.Ordinal);
        Assert.Contains("line 1 is no record: decision: it is missing", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_provider_would_say_is_unknown()
    {
        var custom = """{"workload":{"namespace":"shop"},"context":{"extension_providers":[{"name":"p"}]},"policies_yaml":"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: c, namespace: shop}\nspec: {action: CUSTOM, provider: {name: p}, rules: [{}]}","request":{"http":{}},"decision":"deny"}""";

        Assert.StartsWith("1 recorded decisions: 0 would be the same, 0 would change, 1 are unknown", (await ReplayAsync(custom)).Out, StringComparison.Ordinal);
    }

    private static Task<CliResult> ReplayAsync(string log, params string[] arguments) =>
        PolicyCli.CallAsync(log, ["replay", "--log", "-", "--policies", PolicyCli.PathOf("shop.yaml"), .. arguments]);
}
