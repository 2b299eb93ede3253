using System.IO;
using System.Text.Json;
using KubernetesClient.Models;
using TestSupport;
using TestSupport.Kubernetes;
using Xunit;

namespace MeshCA.Tests.Admin.Meshes;

/// <summary>A mesh in an API server in memory, and a kubeconfig that leads there.</summary>
public sealed class MeshInApi : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private MeshInApi(FakeApiServer server)
    {
        Server = server;
        Kubeconfig = _directory.File("kubeconfig");
        File.WriteAllText(Kubeconfig, $$"""
            apiVersion: v1
            kind: Config
            current-context: home
            clusters:
            - name: one
              cluster: {server: "{{server.Url.AbsoluteUri.TrimEnd('/')}}"}
            users:
            - name: me
              user: {token: abc}
            contexts:
            - name: home
              context: {cluster: one, user: me}
            """);
    }

    public FakeApiServer Server { get; }

    public string Kubeconfig { get; }

    public static async Task<MeshInApi> StartAsync()
    {
        var server = await FakeApiServer.StartAsync(TestContext.Current.CancellationToken);
        Namespace(server, "istio-system");
        Namespace(server, "shop", ("istio-injection", "enabled"));
        Namespace(server, "old");
        Pod(server, "shop", "web-0", "web", ("app", "web"), """{"name": "web", "ports": [{"containerPort": 8080}]}, {"name": "istio-proxy"}""");
        Pod(server, "old", "legacy-0", "default", ("app", "legacy"), """{"name": "legacy"}""");
        server.Put(V1Service.Resource, """{"metadata": {"name": "web", "namespace": "shop"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 8080}]}}""");
        server.Put(V1PeerAuthentication.Resource, """{"metadata": {"name": "default", "namespace": "istio-system"}, "spec": {"mtls": {"mode": "STRICT"}}}""");
        server.Put(
            V1AuthorizationPolicy.Resource,
            """{"metadata": {"name": "web", "namespace": "shop"}, "spec": {"selector": {"matchLabels": {"app": "web"}}, "rules": [{"from": [{"source": {"namespaces": ["shop"]}}], "to": [{"operation": {"methods": ["GET"]}}]}]}}""");
        server.Put(
            V1AuthorizationPolicy.Resource,
            """{"metadata": {"name": "no-admin", "namespace": "istio-system"}, "spec": {"action": "DENY", "rules": [{"to": [{"operation": {"paths": ["/admin*"], "ports": ["8080"]}}]}]}}""");
        return new MeshInApi(server);
    }

    public void Roots(string ns, string pem) => Server.Put(
        V1ConfigMap.Resource,
        $$"""{"metadata": {"name": "istio-ca-root-cert", "namespace": "{{ns}}"}, "data": {"root-cert.pem": {{JsonSerializer.Serialize(pem)}} } }""");

    internal Task<CliResult> CallAsync(params string[] arguments) => Cli.CallAsync([.. arguments, "--kubeconfig", Kubeconfig]);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _directory.Dispose();
    }

    private static void Namespace(FakeApiServer server, string name, params (string Key, string Value)[] labels) =>
        server.Put(new V1Namespace { Metadata = new() { Name = name, Labels = labels.ToDictionary(label => label.Key, label => label.Value) } });

    private static void Pod(FakeApiServer server, string ns, string name, string account, (string Key, string Value) label, string containers) => server.Put(
        V1Pod.Resource,
        $$"""
        {
          "metadata": {"name": "{{name}}", "namespace": "{{ns}}", "labels": {"{{label.Key}}": "{{label.Value}}"} },
          "spec": {"serviceAccountName": "{{account}}", "containers": [{{containers}}]},
          "status": {"phase": "Running"}
        }
        """);
}
