using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using KubernetesClient.Models;
using MeshCA.Authentication.ClusterTokens;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using TestSupport.Kubernetes;
using Xunit;

namespace MeshCA.IntegrationTests.Clusters;

/// <summary>The service with one or two clusters, whose API servers are in memory: each with the pod <c>shop/cart-1</c> and a ztunnel on the same node.</summary>
internal sealed class ClusterHome : IAsyncDisposable
{
    public const string Node = "node-1.example";

    private TestMesh? _mesh;

    private ClusterHome(MeshHome home, IReadOnlyList<TestApiServer> clusters) => (Home, Clusters) = (home, clusters);

    public MeshHome Home { get; }

    public IReadOnlyList<TestApiServer> Clusters { get; }

    public TestApiServer Cluster => Clusters[0];

    public TestMesh Mesh => _mesh ?? throw new InvalidOperationException("not started");

    /// <summary>Starts API servers and service, and waits until it can judge tokens.</summary>
    public static Task<ClusterHome> StartAsync(int clusters = 1, params (string Key, string Value)[] settings) =>
        StartAsync(hasNodeProxies: true, clusters, settings);

    /// <summary>The same, with or without node proxies.</summary>
    public static async Task<ClusterHome> StartAsync(bool hasNodeProxies, int clusters = 1, params (string Key, string Value)[] settings)
    {
        var home = new MeshHome(
            ("Authentication:Issuers:0:Name", "vm"),
            ("Authentication:Issuers:0:ClusterId", "vm"),
            ("Authentication:Issuers:0:ClusterAliases:0", "vms"));
        var servers = new List<TestApiServer>();
        for (var i = 0; i < clusters; i++)
        {
            var server = await TestApiServer.StartAsync();
            servers.Add(server);
            var file = home.File($"kubeconfig-{i}");
            await System.IO.File.WriteAllTextAsync(file, server.Kubeconfig, TestContext.Current.CancellationToken);
            home.Set(
                ($"Kubernetes:Clusters:{i}:Id", i == 0 ? "Kubernetes" : $"cluster-{i}"),
                ($"Kubernetes:Clusters:{i}:Aliases:0", i == 0 ? "primary" : $"alias-{i}"),
                ($"Kubernetes:Clusters:{i}:Kubeconfig", file),
                ($"Kubernetes:Clusters:{i}:Tokens:RefreshInterval", "00:00:01"));
        }

        if (hasNodeProxies)
        {
            home.Set([.. servers.Select((_, i) => ($"Kubernetes:Clusters:{i}:TrustedNodeAccounts:0", "istio-system/ztunnel"))]);
        }

        home.Set(("Server:AdminSocket", home.File("run/admin.sock")));
        home.Set(settings);
        var started = new ClusterHome(home, servers);
        started._mesh = await home.StartAsync();
        await Eventually.TrueAsync(
            () => started.Mesh.Part<ClusterTokenDirectory>().All.All(cluster => cluster.Fault(home.Clock.GetUtcNow()) == Authentication.AuthenticationError.None),
            "keys and copies of the clusters");
        return started;
    }

    /// <summary>Starts the service again, with the settings as they are then.</summary>
    public async Task RestartAsync()
    {
        await Mesh.CloseAsync();
        _mesh = await Home.StartAsync();
    }

    /// <summary>A token of the pod <c>shop/cart-1</c>.</summary>
    public string Token(Action<JsonObject>? change = null, int cluster = 0) => Clusters[cluster].Token(Home.Clock.GetUtcNow(), "shop", "cart", change);

    /// <summary>A token of ztunnel's pod.</summary>
    public string Ztunnel(Action<JsonObject>? change = null, int cluster = 0) =>
        Clusters[cluster].Token(Home.Clock.GetUtcNow(), "istio-system", "ztunnel", change);

    /// <summary>Waits until the service's copy of the pods has, or has not, one as described.</summary>
    public Task SeenAsync(Func<V1Pod?, bool> condition, string name = "cart-1", string ns = "shop", int cluster = 0)
    {
        var pods = Mesh.Part<MeshCA.Clusters.ClusterDirectory>().All[cluster].Informer<V1Pod>();
        return Eventually.TrueAsync(() => condition(pods.TryGet(name, ns, out var pod) ? pod : null), "the copy of the pods");
    }

    /// <summary>Asks for a certificate.</summary>
    public async Task<CsrAnswer> AskAsync(Ask ask)
    {
        using var client = Mesh.Connect();
        using var key = WorkloadKey.P256();
        return await client.AskAsync(key.Csr(), ask);
    }

    /// <summary>Asks for what must be refused.</summary>
    public async Task<Status> RefusalOfAsync(Ask ask)
    {
        using var client = Mesh.Connect();
        return await client.RefusalOfAsync(ask);
    }

    /// <summary>Asks for what must be refused with one opaque message, and for which reason the audit knows.</summary>
    public async Task RefusesAsync(Ask ask, StatusCode code, string message, string reason)
    {
        var status = await RefusalOfAsync(ask);
        Assert.Equal((code, message), (status.StatusCode, status.Detail));
        await Eventually.TrueAsync(
            () => Home.Store.Audit("csr.refused").Any(entry => entry.Detail.Split(',', ':')[0] == reason),
            $"an audit entry of {reason}, not {string.Join("; ", Home.Store.Audit("csr.refused").Select(entry => entry.Detail))}");
    }

    /// <summary>The metadata by which a node proxy names another identity.</summary>
    public static Struct Impersonating(string identity) => new() { Fields = { ["ImpersonatedIdentity"] = Value.ForString(identity) } };

    public async ValueTask DisposeAsync()
    {
        if (_mesh is not null)
        {
            await _mesh.DisposeAsync();
        }

        foreach (var cluster in Clusters)
        {
            await cluster.DisposeAsync();
        }
    }
}

/// <summary>An API server in memory with its own keys, which answers reviews as a kube-apiserver does.</summary>
internal sealed class TestApiServer : IAsyncDisposable
{
    private readonly TestTokenSigner _signer = new("ES256", "k1");
    private int _reviews;

    private TestApiServer(FakeApiServer api) => Api = api;

    public FakeApiServer Api { get; }

    /// <summary>How often it was asked about a token.</summary>
    public int Reviews => Volatile.Read(ref _reviews);

    /// <summary>Changes a good answer to a review.</summary>
    public Action<JsonObject> Answer { get; set; } = _ => { };

    public string Kubeconfig =>
        $$$"""
        apiVersion: v1
        kind: Config
        current-context: test
        contexts: [{name: test, context: {cluster: test, user: test}}]
        clusters: [{name: test, cluster: {server: "{{{Api.Url.AbsoluteUri.TrimEnd('/')}}}"}}]
        users: [{name: test, user: {}}]
        """;

    public static async Task<TestApiServer> StartAsync()
    {
        var server = new TestApiServer(await FakeApiServer.StartAsync(TestContext.Current.CancellationToken));
        server.Api.Documents["/.well-known/openid-configuration"] = $$"""{"issuer":"{{TestClaims.Issuer}}","jwks_uri":"https://elsewhere/keys"}""";
        server.Api.Documents["/openid/v1/jwks"] = TestTokenSigner.KeySet(server._signer);
        server.Api.TokenReview = server.Review;
        server.PutAccount("shop", "cart");
        server.PutAccount("istio-system", "ztunnel");
        server.Put("shop", "cart-1", "cart");
        server.Put("istio-system", "ztunnel-1", "ztunnel");
        return server;
    }

    public void PutAccount(string ns, string name) =>
        Api.Put(new V1ServiceAccount { Metadata = new() { Namespace = ns, Name = name, Uid = $"uid-{ns}-{name}" } });

    public void Put(string ns, string name, string account, string? node = ClusterHome.Node, string phase = "Running", string? uid = null) =>
        Api.Put(new V1Pod
        {
            Metadata = new() { Namespace = ns, Name = name, Uid = uid ?? $"uid-{ns}-{name}", Labels = new Dictionary<string, string> { ["app"] = account } },
            Spec = new() { ServiceAccountName = account, NodeName = node },
            Status = new() { Phase = phase },
        });

    /// <summary>A token of the first pod of a service account.</summary>
    public string Token(DateTimeOffset now, string ns, string account, Action<JsonObject>? change = null)
    {
        var claims = TestClaims.Of(now, ns, account);
        claims["jti"] = Guid.NewGuid().ToString();
        claims["kubernetes.io"]!["serviceaccount"]!["uid"] = $"uid-{ns}-{account}";
        claims["kubernetes.io"]!["pod"] = new JsonObject { ["name"] = $"{account}-1", ["uid"] = $"uid-{ns}-{account}-1" };
        change?.Invoke(claims);
        return _signer.Sign(claims);
    }

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        _signer.Dispose();
    }

    private JsonObject Review(string token, IReadOnlyList<string> audiences)
    {
        Interlocked.Increment(ref _reviews);
        var claims = JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1]))!;
        var bound = claims["kubernetes.io"]!;
        var status = new JsonObject
        {
            ["authenticated"] = true,
            ["audiences"] = new JsonArray([.. audiences.Select(audience => (JsonNode)audience)]),
            ["user"] = new JsonObject
            {
                ["username"] = claims["sub"]!.DeepClone(),
                ["uid"] = bound["serviceaccount"]!["uid"]!.DeepClone(),
                ["groups"] = new JsonArray("system:serviceaccounts", "system:authenticated"),
                ["extra"] = bound["pod"] is not { } pod ? new JsonObject() : new JsonObject
                {
                    ["authentication.kubernetes.io/pod-name"] = new JsonArray(pod["name"]!.DeepClone()),
                    ["authentication.kubernetes.io/pod-uid"] = new JsonArray(pod["uid"]!.DeepClone()),
                },
            },
        };
        Answer(status);
        return status;
    }
}
