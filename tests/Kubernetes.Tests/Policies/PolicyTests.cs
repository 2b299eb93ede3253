using System.Text.Json.Nodes;
using Kubernetes.Tests.Running;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace Kubernetes.Tests.Policies;

/// <summary>Policies applied with kubectl, and what becomes of them (authorization-policy §1.5, §6).</summary>
[Trait("Category", "Long")]
public sealed class PolicyTests(PolicyService fixture, ITestOutputHelper output) : IClassFixture<PolicyService>
{
    private const int Rounds = 5;
    private readonly KubernetesCluster _cluster = fixture.Cluster;

    /// <summary>A policy that denies everything it selects.</summary>
    internal static string Deny(string name, string ns, string selector = "selector: {matchLabels: {app: cart}}", string version = "v1") =>
        Policy(name, ns, "action: DENY", selector, "rules: [{}]").Replace("istio.io/v1", $"istio.io/{version}", StringComparison.Ordinal);

    [Theory]
    [InlineData("v1")]
    [InlineData("v1beta1")]
    public async Task A_policy_applied_with_kubectl_changes_decisions_and_deleted_changes_them_back(string version)
    {
        var ns = await fixture.NewShopAsync();
        var times = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            await _cluster.KubectlAsync(Deny("closed", ns, version: version), "apply", "-f", "-");
            times.Add(await TimeUntilAsync(allowed: false));
            await _cluster.KubectlAsync("", "-n", ns, "delete", "authorizationpolicy", "closed");
            times.Add(await TimeUntilAsync(allowed: true));
        }

        times.Sort();
        output.WriteLine($"{version}: from kubectl's end to the other decision: median {times[Rounds]:F0} ms, slowest {times[^1]:F0} ms of {times.Count}");

        async Task<double> TimeUntilAsync(bool allowed)
        {
            var started = TimeProvider.System.GetTimestamp();
            await fixture.BecomesAsync(ns, allowed);
            return TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
        }
    }

    [Fact]
    public async Task Labels_of_pods_decide_whom_a_policy_selects()
    {
        var ns = await fixture.NewShopAsync();
        await _cluster.KubectlAsync(Deny("others", ns, "selector: {matchLabels: {app: other}}"), "apply", "-f", "-");
        await ConditionAsync(ns, "others", "meshca.io/Effective", "False", "NoWorkload");
        Assert.True(await fixture.IsAllowedAsync(ns));
        await _cluster.KubectlAsync("", "-n", ns, "label", "pod", "cart-0", "app=other", "--overwrite");
        await fixture.BecomesAsync(ns, allowed: false);
        await ConditionAsync(ns, "others", "meshca.io/Effective", "True", "Effective");
    }

    [Fact]
    public async Task What_is_invalid_is_quarantined_and_its_status_says_why()
    {
        // What the schema cannot tell, and no webhook was asked about.
        var ns = await fixture.NewShopAsync();
        await _cluster.KubectlAsync(
            Policy("broken", ns, "action: DENY", "selector: {matchLabels: {app: cart}}", "rules: [{from: [{source: {ipBlocks: [10.0.0.0/99]}}]}]"),
            "apply", "-f", "-");
        await ConditionAsync(ns, "broken", "meshca.io/Accepted", "False", "Quarantined");
        Assert.False(await fixture.IsAllowedAsync(ns));
        var table = await _cluster.KubectlAsync("", "-n", ns, "get", "authorizationpolicies");
        Assert.Contains("broken", table, StringComparison.Ordinal);
        Assert.Contains("False", table, StringComparison.Ordinal);
        await _cluster.KubectlAsync("", "-n", ns, "delete", "authorizationpolicy", "broken");
        await fixture.BecomesAsync(ns, allowed: true);
    }

    [Theory]
    [InlineData("action: REFUSE", "action")]
    [InlineData("selector: {matchLabels: {app: 7}}", "matchLabels")]
    [InlineData("rules: nothing", "rules")]
    public async Task The_schema_refuses_what_it_can_tell(string line, string field)
    {
        var ns = await fixture.NewShopAsync();
        var (code, said) = await _cluster.TryKubectlAsync(
            Policy("wrong", ns, line),
            "apply", "--validate=false", "-f", "-");
        Assert.NotEqual(0, code);
        Assert.Contains(field, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_webhook_denies_what_is_invalid_and_warns_of_what_is_odd()
    {
        var ns = await fixture.NewShopAsync();
        await fixture.UseWebhookAsync(ns);
        try
        {
            await JudgesAsync(ns);
        }
        finally
        {
            await Installation.PointWebhookAsync(_cluster, null);
        }
    }

    private async Task JudgesAsync(string ns)
    {
        var (code, said) = await _cluster.TryKubectlAsync(
            Invalid("broken", ns),
            "apply", "-f", "-");
        Assert.NotEqual(0, code);
        Assert.Contains("spec.rules[0].from[0].source.ipBlocks[0]", said, StringComparison.Ordinal);

        said = await _cluster.KubectlAsync(Deny("nobody", ns, "selector: {matchLabels: {app: nobody}}"), "apply", "-f", "-");
        Assert.Contains("Warning:", said, StringComparison.Ordinal);
        said = await _cluster.KubectlAsync(
            Policy("fine", ns, "selector: {matchLabels: {app: cart}}", "rules: [{from: [{source: {principals: [\"cluster.local/ns/web/sa/shop\"]}}]}]"),
            "apply", "-f", "-");
        Assert.Contains("created", said, StringComparison.Ordinal);
    }

    private Task ConditionAsync(string ns, string name, string type, string status, string reason) => Eventually.TrueAsync(
        async () => (await _cluster.Admin.GetAsync($"/apis/security.istio.io/v1/namespaces/{ns}/authorizationpolicies/{name}"))["status"]?["conditions"]?.AsArray()
            .Any(condition => Is(condition!, "type", type) && Is(condition!, "status", status) && Is(condition!, "reason", reason)) == true,
        $"{type} {status} of {name}");

    /// <summary>One with a fault that no schema tells.</summary>
    internal static string Invalid(string name, string ns) => Policy(name, ns, "rules: [{from: [{source: {ipBlocks: [10.0.0.0/99]}}]}]");

    private static string Policy(string name, string ns, params string[] spec) =>
        $"""
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata:
          name: {name}
          namespace: {ns}
        spec:
          {string.Join("\n  ", spec)}

        """;

    private static bool Is(JsonNode condition, string field, string value) => condition[field]?.GetValue<string>() == value;
}
