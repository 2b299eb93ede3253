using System.Text.Json.Nodes;
using Kubernetes.Tests.Running;
using Xunit;

namespace Kubernetes.Tests;

/// <summary>The cluster of these tests is a real one.</summary>
[Trait("Category", "Long")]
public sealed class ClusterTests(SharedCluster shared)
{
    [Fact]
    public async Task Kubectl_applies_an_object_and_the_api_server_gives_its_version()
    {
        var cluster = await shared.StartedAsync();
        var ns = shared.NewName("applied");
        await cluster.KubectlAsync($"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {ns}}}\n", "apply", "-f", "-");
        Assert.NotNull(await cluster.Admin.FindAsync($"/api/v1/namespaces/{ns}"));
        Assert.Equal("v1.20.2", (await cluster.Admin.GetAsync("/version"))["gitVersion"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_token_request_bound_to_a_pod_gives_a_token_whose_review_names_account_and_pod()
    {
        var cluster = await shared.StartedAsync();
        var ns = shared.NewName("review");
        await cluster.CreateNamespaceAsync(ns);
        await cluster.CreateAccountAsync(ns, "web");
        var uid = await cluster.CreatePodAsync(new Pod(ns, "web-0", "web", "node-a"));
        var token = await cluster.TokenAsync(ns, "web", "istio-ca", ("web-0", uid));

        var review = await cluster.Admin.PostAsync("/apis/authentication.k8s.io/v1/tokenreviews", new JsonObject
        {
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["kind"] = "TokenReview",
            ["spec"] = new JsonObject { ["token"] = token, ["audiences"] = new JsonArray("istio-ca") },
        });
        var status = review["status"]!;
        Assert.True(status["authenticated"]!.GetValue<bool>());
        Assert.Equal("istio-ca", status["audiences"]![0]!.GetValue<string>());
        Assert.Equal($"system:serviceaccount:{ns}:web", status["user"]!["username"]!.GetValue<string>());
        Assert.Equal(uid, status["user"]!["extra"]!["authentication.kubernetes.io/pod-uid"]![0]!.GetValue<string>());
    }

    [Fact]
    public async Task A_killed_api_server_comes_back_with_its_objects()
    {
        await using var cluster = await KubernetesCluster.StartAsync();
        await cluster.CreateNamespaceAsync("stays");
        await cluster.KillServerAsync();
        Assert.False(await cluster.Admin.IsReadyAsync());
        await cluster.StartServerAsync();
        Assert.NotNull(await cluster.Admin.FindAsync("/api/v1/namespaces/stays"));
    }
}
