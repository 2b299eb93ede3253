using System.IO;
using System.Text.Json.Nodes;
using Kubernetes.Tests.Running;
using MeshCA.IntegrationTests.PolicySources;
using MeshCA.IntegrationTests.Running;

namespace Kubernetes.Tests.Policies;

/// <summary>A cluster with the definitions of <c>deploy/crds</c>, and a service that decides by what is stored there.</summary>
internal sealed class PolicyCluster : IAsyncDisposable
{
    private PolicyCluster(KubernetesCluster cluster, MeshService service, int decisions, int webhook)
    {
        (Cluster, Service, WebhookPort) = (cluster, service, webhook);
        Proxy = new Proxy(new Uri($"http://127.0.0.1:{decisions}"));
    }

    public KubernetesCluster Cluster { get; }

    public MeshService Service { get; }

    public int WebhookPort { get; }

    public Proxy Proxy { get; }

    public static async Task<PolicyCluster> StartAsync()
    {
        var cluster = await KubernetesCluster.StartAsync();
        try
        {
            await InstallAsync(cluster);
            await cluster.CreateNamespaceAsync("shop");
            await cluster.CreateAccountAsync("shop", "cart");
            await cluster.CreatePodAsync(Cart("cart"));
            var (decisions, webhook) = (LoopbackPort.Find(), LoopbackPort.Find());
            var service = await MeshService.StartAsync(
                cluster,
                ("Kubernetes:Policies:Enabled", "true"),
                ("Kubernetes:Webhook:Address", "127.0.0.1"),
                ("Kubernetes:Webhook:Port", $"{webhook}"),
                ("Kubernetes:Webhook:DnsNames:0", "meshca.meshca-system.svc"),
                ("Decisions:PlaintextPort", $"{decisions}"));
            return new(cluster, service, decisions, webhook);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Applies the definitions and waits until they are served.</summary>
    public static async Task InstallAsync(KubernetesCluster cluster)
    {
        var crds = Path.Combine(KubernetesPrograms.Repository, "deploy", "crds");
        foreach (var kind in (string[])["authorizationpolicies", "peerauthentications", "requestauthentications"])
        {
            await cluster.KubectlAsync("", "apply", "-f", Path.Combine(crds, kind + ".yaml"));
            await cluster.KubectlAsync("", "wait", "--for=condition=Established", "--timeout=30s", $"crd/{kind}.security.istio.io");
        }
    }

    public static Pod Cart(string app) => new("shop", "cart-0", "cart", "node-a") { Labels = new JsonObject { ["app"] = app } };

    public static string Deny(string name, string port = "8080", string version = "v1", string more = "") =>
        $$"""
        apiVersion: security.istio.io/{{version}}
        kind: AuthorizationPolicy
        metadata: {name: {{name}}, namespace: shop}
        spec:
          action: DENY
          selector: {matchLabels: {app: cart} }
          rules:
          - to: [{operation: {ports: ["{{port}}"]{{more}} } }]
        """;

    public Task<string> ApplyAsync(string yaml) => Cluster.KubectlAsync(yaml, "apply", "-f", "-");

    public Task DeleteAsync(string name) => Cluster.KubectlAsync("", "delete", "authorizationpolicy", name, "-n", "shop");

    public Task BecomesAsync(string name, string accepted, string effective) => Eventually.TrueAsync(
        async () => await ConditionAsync(name, "meshca.io/Accepted") == accepted && await ConditionAsync(name, "meshca.io/Effective") == effective,
        $"conditions {accepted} and {effective} of {name}");

    public async Task<string> ConditionAsync(string name, string type, string member = "status") => (await Cluster.KubectlAsync(
        "", "get", "authorizationpolicy", name, "-n", "shop", "-o", $"jsonpath={{.status.conditions[?(@.type==\"{type}\")].{member}}}")).Trim();

    public async ValueTask DisposeAsync()
    {
        Proxy.Dispose();
        await Service.DisposeAsync();
        await Cluster.DisposeAsync();
    }
}
