using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Kubernetes.Tests.Running;
using Xunit;

namespace Kubernetes.Tests.Policies;

/// <summary>Policies that kubectl applies to a real API server (issue 5, "Policies").</summary>
[Trait("Category", "Long")]
public sealed class KubectlTests
{
    private const string User = $"system:serviceaccount:{Installation.Namespace}:{Installation.Account}";

    [Fact]
    public async Task What_kubectl_applies_changes_decisions_and_its_status_says_what_became_of_it()
    {
        await using var mesh = await PolicyCluster.StartAsync();
        await mesh.Proxy.IsToldAsync("allow");

        await mesh.ApplyAsync(PolicyCluster.Deny("deny"));
        await mesh.Proxy.IsToldAsync("deny");
        await mesh.BecomesAsync("deny", "True", "True");
        Assert.Contains("True", await mesh.Cluster.KubectlAsync("", "get", "ap", "-n", "shop"), StringComparison.Ordinal);

        // The same object by its other version.
        await mesh.ApplyAsync(PolicyCluster.Deny("deny", port: "9999", version: "v1beta1"));
        await mesh.Proxy.IsToldAsync("allow");

        // What the schema cannot see: a template that is none.
        await mesh.ApplyAsync(PolicyCluster.Deny("broken", more: """, paths: ["/a/{b}"]"""));
        await mesh.Proxy.IsToldAsync("deny");
        await mesh.BecomesAsync("broken", "False", "Unknown");
        Assert.Contains(
            "spec.rules[0].to[0].operation.paths[0]", await mesh.ConditionAsync("broken", "meshca.io/Accepted", "message"), StringComparison.Ordinal);
        await mesh.DeleteAsync("broken");
        await mesh.Proxy.IsToldAsync("allow");

        // A pod's label moves a policy.
        await mesh.ApplyAsync(PolicyCluster.Deny("deny"));
        await mesh.Proxy.IsToldAsync("deny");
        await mesh.Cluster.KubectlAsync("", "label", "pod", "cart-0", "-n", "shop", "--overwrite", "app=other");
        await mesh.Proxy.IsToldAsync("allow");
        await mesh.BecomesAsync("deny", "True", "False");

        // No more than the table in docs/kubernetes.md, "Rights".
        var audit = mesh.Cluster.Audit.Read(User).Where(entry => entry.Group == "security.istio.io").ToList();
        Assert.Empty(audit.Select(entry => entry.Verb).Except(["list", "update", "watch"], StringComparer.Ordinal));
        Assert.All(audit.Where(entry => entry.Verb == "update"), entry => Assert.EndsWith("/status", entry.Resource, StringComparison.Ordinal));
        Assert.DoesNotContain(audit, entry => entry.Code >= 400 && entry.Code != 409);
    }

    [Fact]
    public async Task A_change_is_decided_by_soon_and_an_outage_of_the_server_changes_nothing()
    {
        await using var mesh = await PolicyCluster.StartAsync();
        var delays = new List<double>();
        for (var i = 0; i < 10; i++)
        {
            await mesh.ApplyAsync(PolicyCluster.Deny("deny"));
            delays.Add(await TimeAsync(mesh, "deny"));
            await mesh.DeleteAsync("deny");
            delays.Add(await TimeAsync(mesh, "allow"));
        }

        delays.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"ms from kubectl's end to Check: median {delays[delays.Count / 2]:F0}, highest {delays[^1]:F0}"));

        await mesh.ApplyAsync(PolicyCluster.Deny("deny"));
        await mesh.Proxy.IsToldAsync("deny");
        await mesh.Cluster.KillServerAsync();
        Assert.Equal("deny", await mesh.Proxy.AskAsync());
        await mesh.Cluster.StartServerAsync();
        Assert.Equal("deny", await mesh.Proxy.AskAsync());
        await mesh.Cluster.CompactAsync();
        await mesh.DeleteAsync("deny");
        await mesh.Proxy.IsToldAsync("allow");
    }

    [Fact]
    public async Task The_schema_refuses_what_is_wrong_at_sight_and_the_webhook_the_rest()
    {
        await using var mesh = await PolicyCluster.StartAsync();
        Assert.Contains("spec.action", await RefusalAsync(mesh, PolicyCluster.Deny("a").Replace("DENY", "PERMIT", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("ports", await RefusalAsync(mesh, PolicyCluster.Deny("a", port: "http")), StringComparison.Ordinal);

        await InstallWebhookAsync(mesh);

        // Misspelt: Istio's definitions drop it unseen, and with it what the rule says.
        Assert.Contains("methodz", await RefusalAsync(mesh, PolicyCluster.Deny("a", more: ", methodz: [GET]")), StringComparison.Ordinal);
        Assert.Contains("paths[0]", await RefusalAsync(mesh, PolicyCluster.Deny("a", more: """, paths: ["/a/{b}"]""")), StringComparison.Ordinal);
        Assert.Contains("paths[0]", await RefusalAsync(mesh, PolicyCluster.Deny("a", more: """, paths: ["/a/{b}"]"""), "--dry-run=server"), StringComparison.Ordinal);

        var told = await mesh.ApplyAsync(PolicyCluster.Deny("a", more: ", methods: [get]"));
        Assert.Contains("Warning: spec.rules[0].to[0].operation.methods[0]", told, StringComparison.Ordinal);
    }

    // As deploy/base/webhook.yaml has it; but there are no services here, and nobody but a failure may let a policy through.
    private static async Task InstallWebhookAsync(PolicyCluster mesh)
    {
        var bundle = await mesh.Service.Process.Http.GetStringAsync("/bundle.pem");
        var yaml = await System.IO.File.ReadAllTextAsync(
            System.IO.Path.Combine(KubernetesPrograms.Repository, "deploy", "base", "webhook.yaml"), TestContext.Current.CancellationToken);
        await mesh.Cluster.KubectlAsync("", "delete", "validatingwebhookconfiguration", "meshca-policies", "--ignore-not-found");
        await mesh.Cluster.KubectlAsync(yaml, "create", "-f", "-");
        await mesh.Cluster.KubectlAsync(
            "", "patch", "validatingwebhookconfiguration", "meshca-policies", "--type=json", "-p", new JsonArray(
            [
                new JsonObject
                {
                    ["op"] = "replace",
                    ["path"] = "/webhooks/0/clientConfig",
                    ["value"] = new JsonObject
                    {
                        ["url"] = $"https://localhost:{mesh.WebhookPort}/validate",
                        ["caBundle"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(bundle)),
                    },
                },
                new JsonObject { ["op"] = "replace", ["path"] = "/webhooks/0/failurePolicy", ["value"] = "Fail" },
            ]).ToJsonString());

        // The server reads configurations now and then.
        await MeshCA.IntegrationTests.Running.Eventually.TrueAsync(
            async () => (await mesh.Cluster.TryKubectlAsync(
                PolicyCluster.Deny("probe", more: """, paths: ["/a/{b}"]"""), "apply", "--dry-run=server", "-f", "-")).Code != 0,
            "a webhook that is asked");
    }

    private static async Task<string> RefusalAsync(PolicyCluster mesh, string yaml, params string[] flags)
    {
        var (code, output) = await mesh.Cluster.TryKubectlAsync(yaml, ["apply", .. flags, "-f", "-"]);
        Assert.NotEqual(0, code);
        return output;
    }

    private static async Task<double> TimeAsync(PolicyCluster mesh, string answer)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (await mesh.Proxy.AskAsync() != answer)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20), $"`{answer}` never came");
        }

        return TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
    }
}
