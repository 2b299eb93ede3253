using System.Text.Json.Nodes;
using Grpc.Core;
using KubernetesClient.Models;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Admin;
using TestSupport.Kubernetes;
using Xunit;

namespace MeshCA.IntegrationTests.Clusters;

/// <summary>Tokens judged with API servers, over the wire (istio-ca §2.3; appendix B items 5 and 7).</summary>
public sealed class ClusterTokenTests
{
    private const string Opaque = "request authenticate failure";
    private const string Unavailable = "authentication is not available at the moment";

    [Fact]
    public async Task A_pod_gets_its_certificate_and_the_api_server_is_asked_once_per_token()
    {
        await using var home = await ClusterHome.StartAsync();
        var token = home.Token();
        for (var i = 0; i < 3; i++)
        {
            var answer = await home.AskAsync(new Ask { Token = token });
            Assert.Contains("URI:spiffe://cluster.local/ns/shop/sa/cart", Names(answer), StringComparison.Ordinal);
        }

        Assert.Equal(1, home.Cluster.Reviews);
        var row = home.Home.Store.Read("SELECT authenticator, cluster, pod_name, pod_uid, node_name FROM journal WHERE kind = 5")[0];
        Assert.Equal(["tokenreview:Kubernetes", "Kubernetes", "cart-1", "uid-shop-cart-1", ClusterHome.Node], row);
        Assert.Contains("issuer:Kubernetes", await home.Mesh.ReadinessAsync(), StringComparison.Ordinal);
    }

    public static TheoryData<Action<JsonObject>, string> WrongClaims() =>
    [
        new(claims => claims["aud"] = new JsonArray("api"), "WrongAudience") { Label = "another audience" },
        new(claims => claims["exp"] = 1, "Expired") { Label = "expired" },
        new(claims => claims["sub"] = "system:node:n1", "NotServiceAccount") { Label = "a node" },
        new(claims => claims["sub"] = "system:serviceaccount:shop", "NotServiceAccount") { Label = "three parts" },
        new(claims => claims["sub"] = "system:serviceaccount:shop:cart:x", "NotServiceAccount") { Label = "five parts" },
    ];

    public static TheoryData<Action<JsonObject>, string> WrongAnswers() =>
    [
        new(status => status["authenticated"] = false, "ReviewRefused") { Label = "not authenticated" },
        new(status => status["error"] = "invalid bearer token", "ReviewRefused") { Label = "an error" },
        new(status => status.Remove("audiences"), "ReviewWithoutAudience") { Label = "unaware of audiences" },
        new(status => status["audiences"] = new JsonArray("https://kubernetes.default.svc"), "ReviewWithoutAudience") { Label = "another audience" },
        new(status => status["user"]!["username"] = "system:serviceaccount:shop:admin", "ClaimsDisagree") { Label = "another user" },
        new(status => status["user"]!["username"] = "kubernetes-admin", "NotServiceAccount") { Label = "a person" },
        new(status => status["user"]!["groups"] = new JsonArray("system:masters"), "NotServiceAccount") { Label = "another group" },
    ];

    [Fact]
    public async Task Tokens_and_answers_with_one_fault_are_refused_with_one_message()
    {
        await using var home = await ClusterHome.StartAsync();
        foreach (var row in WrongClaims())
        {
            await home.RefusesAsync(new Ask { Token = home.Token(row.Data.Item1) }, StatusCode.Unauthenticated, Opaque, row.Data.Item2);
        }

        Assert.Equal(0, home.Cluster.Reviews);
        foreach (var row in WrongAnswers())
        {
            home.Cluster.Answer = row.Data.Item1;
            await home.RefusesAsync(new Ask { Token = home.Token() }, StatusCode.Unauthenticated, Opaque, row.Data.Item2);
        }
    }

    [Fact]
    public async Task Each_cluster_has_its_own_keys_and_is_known_by_id_and_alias()
    {
        await using var home = await ClusterHome.StartAsync(2);
        await home.AskAsync(new Ask { Token = home.Token() });
        await home.AskAsync(new Ask { Token = home.Token(), Cluster = "Kubernetes" });
        await home.AskAsync(new Ask { Token = home.Token(), Cluster = "primary" });
        await home.AskAsync(new Ask { Token = home.Token(cluster: 1), Cluster = "cluster-1" });
        await home.AskAsync(new Ask { Token = home.Token(cluster: 1), Cluster = "alias-1" });
        await home.AskAsync(new Ask { Token = home.Home.Token(), Cluster = "vm" });

        await home.RefusesAsync(new Ask { Token = home.Token(), Cluster = "cluster-1" }, StatusCode.Unauthenticated, Opaque, "BadSignature");
        await home.RefusesAsync(new Ask { Token = home.Token(), Cluster = "elsewhere" }, StatusCode.Unauthenticated, Opaque, "UnknownCluster");
        await home.RefusesAsync(new Ask { Token = home.Home.Token(), Cluster = "primary" }, StatusCode.Unauthenticated, Opaque, "BadSignature");
        Assert.Equal(2, home.Clusters[1].Reviews);
    }

    [Fact]
    public async Task A_cluster_may_be_limited_to_namespaces()
    {
        await using var home = await ClusterHome.StartAsync(1, ("Kubernetes:Clusters:0:Namespaces:0", "istio-system"));
        await home.RefusesAsync(new Ask { Token = home.Token() }, StatusCode.Unauthenticated, Opaque, "NamespaceNotAllowed");
        await home.AskAsync(new Ask { Token = home.Ztunnel() });
    }

    [Fact]
    public async Task A_pod_that_is_gone_or_has_ended_gets_nothing_more_with_its_token()
    {
        await using var home = await ClusterHome.StartAsync();
        var (token, other) = (home.Token(), home.Ztunnel());
        await home.AskAsync(new Ask { Token = token });
        await home.AskAsync(new Ask { Token = other });
        home.Cluster.Put("shop", "cart-1", "cart", phase: "Succeeded");
        await home.SeenAsync(pod => pod?.Status?.Phase == "Succeeded");
        await home.RefusesAsync(new Ask { Token = token }, StatusCode.Unauthenticated, Opaque, "PodFinished");

        home.Cluster.Api.Remove<V1Pod>("ztunnel-1", "istio-system");
        await home.SeenAsync(pod => pod is null, "ztunnel-1", "istio-system");
        await home.RefusesAsync(new Ask { Token = other }, StatusCode.Unauthenticated, Opaque, "PodGone");
        Assert.Equal(2, home.Cluster.Reviews);
    }

    [Fact]
    public async Task A_pod_that_was_just_made_gets_its_first_certificate_at_once()
    {
        await using var home = await ClusterHome.StartAsync();

        // The watch is held up, so that the copy cannot have the pod.
        home.Cluster.Api.Fault = request => request.IsWatch ? new FakeApiFault.Silence() : null;
        home.Cluster.Api.CutWatches();
        home.Cluster.Put("shop", "cart-2", "cart");
        var token = home.Token(claims => claims["kubernetes.io"]!["pod"] = new JsonObject { ["name"] = "cart-2", ["uid"] = "uid-shop-cart-2" });
        await home.AskAsync(new Ask { Token = token });
    }

    [Fact]
    public async Task An_api_server_that_is_down_makes_new_tokens_unavailable_and_known_ones_serve_on()
    {
        await using var home = await ClusterHome.StartAsync();
        var known = home.Token();
        await home.AskAsync(new Ask { Token = known });
        home.Cluster.Api.IsDown = true;
        await home.AskAsync(new Ask { Token = known });
        await home.RefusesAsync(new Ask { Token = home.Token() }, StatusCode.Unavailable, Unavailable, "ClusterUnreachable");
        await home.RefusesAsync(new Ask { Token = home.Token(claims => claims["aud"] = "api") }, StatusCode.Unauthenticated, Opaque, "WrongAudience");

        // And it comes back.
        home.Cluster.Api.IsDown = false;
        using var client = home.Mesh.Connect();
        using var key = WorkloadKey.P256();
        await Eventually.TrueAsync(async () => await client.CodeOfAsync(key.Csr(), new Ask { Token = home.Token() }) == StatusCode.OK, "a certificate");
    }

    [Fact]
    public async Task Verified_offline_new_tokens_are_accepted_meanwhile_and_the_journal_says_so()
    {
        await using var home = await ClusterHome.StartAsync(1, ("Kubernetes:Clusters:0:Tokens:VerifyOffline", "true"));
        home.Cluster.Api.IsDown = true;
        await home.AskAsync(new Ask { Token = home.Token() });
        Assert.Equal("jwt:Kubernetes", home.Home.Store.Read("SELECT authenticator FROM journal WHERE kind = 5")[0][0]);
    }

    [Fact]
    public async Task A_hundred_calls_with_one_token_are_one_review()
    {
        await using var home = await ClusterHome.StartAsync();
        var token = home.Token();
        using var client = home.Mesh.Connect();
        using var key = WorkloadKey.P256();
        var csr = key.Csr();
        var codes = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.CodeOfAsync(csr, new Ask { Token = token })));
        Assert.All(codes, code => Assert.Equal(StatusCode.OK, code));
        Assert.Equal(1, home.Cluster.Reviews);
    }

    [Fact]
    public async Task A_certificate_alone_is_renewed_only_while_its_pod_lives()
    {
        await using var home = await ClusterHome.StartAsync();
        using var first = home.Mesh.Connect();
        using var key = WorkloadKey.P256();
        var answer = await first.AskAsync(key.Csr(), new Ask { Token = home.Token() });
        using var client = home.Mesh.Connect(key.Join(answer.Leaf), answer.Middle);
        Assert.Equal(StatusCode.OK, await client.CodeOfAsync(key.Csr(), new Ask()));

        home.Cluster.Put("shop", "cart-1", "cart", phase: "Failed");
        await home.SeenAsync(pod => pod?.Status?.Phase == "Failed");
        var status = await client.RefusalOfAsync(new Ask());
        Assert.Equal((StatusCode.Unauthenticated, Opaque), (status.StatusCode, status.Detail));
    }

    [Fact]
    public async Task The_issuance_policy_sees_cluster_issuer_and_the_pod_s_own_labels()
    {
        await using var with = await StartWithPolicyAsync(
            "rules: [{name: r, from: {issuers: [Kubernetes], clusters: [Kubernetes], podLabels: {app: cart}}}]\notherwise: DENY\n");
        await with.AskAsync(new Ask { Token = with.Token() });
        Assert.Equal(StatusCode.PermissionDenied, (await with.RefusalOfAsync(new Ask { Token = with.Ztunnel() })).StatusCode);
    }

    [Fact]
    public async Task An_explanation_shows_cluster_pod_and_who_judged()
    {
        await using var home = await ClusterHome.StartAsync();
        using var channel = home.Mesh.ConnectAdmin();
        using var key = WorkloadKey.P256();
        var answer = await new Wire.Admin.IssuancePolicies.IssuancePoliciesClient(channel).ExplainAsync(
            new ExplainRequest { Token = home.Token(), Csr = key.Csr() }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(answer.WouldIssue);
        Assert.Equal(
            ("tokenreview:Kubernetes", "Kubernetes", "cart-1", "uid-shop-cart-1", ClusterHome.Node),
            (answer.Authentication.Authenticator, answer.Authentication.Cluster, answer.Authentication.Pod, answer.Authentication.PodUid, answer.Authentication.Node));
    }

    private static async Task<ClusterHome> StartWithPolicyAsync(string policy)
    {
        var file = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"policy-{Guid.NewGuid():N}.yaml");
        await System.IO.File.WriteAllTextAsync(file, policy, TestContext.Current.CancellationToken);
        return await ClusterHome.StartAsync(1, ("Issuance:PolicyFile", file));
    }

    private static string Names(CsrAnswer answer) =>
        Assert.Single(answer.Leaf.Extensions, extension => extension.Oid?.Value == "2.5.29.17").Format(multiLine: false);
}
