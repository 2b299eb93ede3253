using System.IO;
using System.Text.Json;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.IntegrationTests.Running;
using MeshCA.PolicySources.Watched;
using MeshCA.Wire.Envoy.Auth.V3;
using TestSupport;
using TestSupport.Kubernetes;
using Xunit;

namespace MeshCA.IntegrationTests.PolicySources;

/// <summary>A service that takes its policies and workloads from a cluster.</summary>
internal sealed class ClusterHome : IAsyncDisposable
{
    private const string Resources =
        """{"kind":"APIResourceList","resources":[{"name":"authorizationpolicies"},{"name":"requestauthentications"},{"name":"peerauthentications"}]}""";

    private ClusterHome(FakeApiServer server, ManualTimeProvider clock, MeshHome home) => (Server, ServerClock, Home) = (server, clock, home);

    public FakeApiServer Server { get; }

    /// <summary>What the server stamps objects with.</summary>
    public ManualTimeProvider ServerClock { get; }

    public MeshHome Home { get; }

    public static async Task<ClusterHome> CreateAsync(string version = "v1", params (string Key, string Value)[] settings)
    {
        var clock = new ManualTimeProvider();
        var server = await FakeApiServer.StartAsync(TestContext.Current.CancellationToken, clock: clock);
        server.Documents[$"/apis/security.istio.io/{version}"] = Resources; // one that nobody knows is as good as none
        server.Fault = request => IsServed(server, request.Path) ? null : new FakeApiFault.Error(404, "NotFound");
        var home = new MeshHome(
        [
            ("Policies:PollInterval", "00:00:00.3"),
            ("Policies:Debounce", "00:00:00.02"),
            ("Decisions:PlaintextPort", "0"),
            ("Kubernetes:Policies:Enabled", "true"),
            ("Kubernetes:Clusters:0:Id", "Kubernetes"),
            .. settings,
        ]);
        var kubeconfig = $$$"""
            apiVersion: v1
            kind: Config
            current-context: test
            contexts: [{name: test, context: {cluster: test, user: test}}]
            clusters: [{name: test, cluster: {server: "{{{server.Url.AbsoluteUri}}}"}}]
            users: [{name: test, user: {token: secret}}]
            """;
        await File.WriteAllTextAsync(home.File("kubeconfig"), kubeconfig, TestContext.Current.CancellationToken);
        home.Set(("Kubernetes:Clusters:0:Kubeconfig", home.File("kubeconfig")));
        var cluster = new ClusterHome(server, clock, home);
        cluster.PutPod("cart-1", "cart", ("app", "cart"));
        return cluster;
    }

    public Task<TestMesh> StartAsync() => Home.StartAsync();

    private static bool IsServed(FakeApiServer server, string path) =>
        path.Split('/') is not ["", "apis", "security.istio.io", var version, ..] || server.Documents.ContainsKey($"/apis/security.istio.io/{version}");

    /// <summary>Has the server serve the kinds of policies in one more version.</summary>
    public void Define(string version) => Server.Documents[$"/apis/security.istio.io/{version}"] = Resources;

    public void PutPod(string name, string account, params (string Name, string Value)[] labels) => Server.Put(new V1Pod
    {
        Metadata = new() { Name = name, Namespace = "shop", Labels = labels.ToDictionary(label => label.Name, label => label.Value) },
        Spec = new() { ServiceAccountName = account },
        Status = new() { Phase = "Running" },
    });

    /// <summary>Puts a policy that denies paths at the pods of an application.</summary>
    public void PutDeny(string name, string app = "cart", string port = "8080", ResourceKind? kind = null, string ns = "shop") => Server.Put(
        kind ?? V1AuthorizationPolicy.Resource,
        $$"""
        {"metadata":{"name":"{{name}}","namespace":"{{ns}}"},
         "spec":{"selector":{"matchLabels":{"app":"{{app}}"} },"action":"DENY","rules":[{"to":[{"operation":{"ports":["{{port}}"]} }]}]} }
        """);

    public string? Condition(string name, string type, string member = "status") =>
        Server.Find<V1AuthorizationPolicy>(name, "shop")?.Status is { ValueKind: JsonValueKind.Object } status
            && status.TryGetProperty("conditions", out var conditions)
                ? conditions.EnumerateArray().Where(condition => condition.GetProperty("type").GetString() == type)
                    .Select(condition => condition.GetProperty(member).GetString()).SingleOrDefault()
                : null;

    public Task BecomesAsync(string name, string accepted, string effective) => Eventually.TrueAsync(
        () => Condition(name, PolicyConditions.Accepted) == accepted && Condition(name, PolicyConditions.Effective) == effective,
        $"conditions {accepted} and {effective} of {name}");

    public async ValueTask DisposeAsync()
    {
        Home.Dispose();
        await Server.DisposeAsync();
    }
}

/// <summary>What a proxy is told.</summary>
internal sealed class Proxy : IDisposable
{
    private readonly Grpc.Net.Client.GrpcChannel _channel;
    private readonly Authorization.AuthorizationClient _client;

    public Proxy(TestMesh mesh)
        : this(mesh.DecisionAddress!)
    {
    }

    public Proxy(Uri decisions)
    {
        _channel = Grpc.Net.Client.GrpcChannel.ForAddress(decisions);
        _client = new(_channel);
    }

    /// <summary>The answer about a workload: <c>allow</c>, <c>deny</c>, or the code of a refusal.</summary>
    public async Task<string> AskAsync(string account = "shop/cart")
    {
        try
        {
            var answer = await _client.CheckAsync(Question.Http(account), cancellationToken: TestContext.Current.CancellationToken);
            return answer.Status.Code == 0 ? "allow" : "deny";
        }
        catch (Grpc.Core.RpcException e)
        {
            return e.StatusCode.ToString();
        }
    }

    public Task IsToldAsync(string answer, string account = "shop/cart") =>
        Eventually.TrueAsync(async () => await AskAsync(account) == answer, $"the answer `{answer}`");

    public void Dispose() => _channel.Dispose();
}
