using Grpc.Core;
using Grpc.Net.Client;
using Kubernetes.Tests.Running;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Envoy.Auth.V3;
using Xunit;

namespace Kubernetes.Tests.Policies;

/// <summary>A service in the shared cluster that decides by the cluster's policies and judges new ones.</summary>
public sealed class PolicyService(SharedCluster shared) : IAsyncLifetime
{
    private readonly int _decisions = LoopbackPort.Find();
    private readonly int _webhook = LoopbackPort.Find();
    private KubernetesCluster? _cluster;
    private MeshService? _service;
    private GrpcChannel? _channel;

    internal KubernetesCluster Cluster => _cluster ?? throw new InvalidOperationException("not started yet");

    public async ValueTask InitializeAsync()
    {
        _cluster = await shared.StartedAsync();
        await Installation.EnsureAsync(_cluster);
        _service = await MeshService.StartAsync(
            _cluster,
            ("Kubernetes:Policies:Enabled", "true"),
            ("Decisions:PlaintextPort", $"{_decisions}"),
            ("Kubernetes:Webhook:Address", "127.0.0.1"),
            ("Kubernetes:Webhook:Port", $"{_webhook}"),
            ("Kubernetes:Webhook:DnsNames:0", "localhost"),
            ("TrustDistribution:Webhooks:0", "meshca-policies"));
        _channel = GrpcChannel.ForAddress(new Uri($"http://127.0.0.1:{_decisions}"), new GrpcChannelOptions());
    }

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        if (_service is not null)
        {
            await Installation.PointWebhookAsync(Cluster, null);
            await _service.DisposeAsync();
        }
    }

    /// <summary>Makes a namespace with one pod: account and label <c>app</c> are cart.</summary>
    internal async Task<string> NewShopAsync()
    {
        var ns = shared.NewName("policies");
        await Cluster.CreateNamespaceAsync(ns);
        await Cluster.CreateAccountAsync(ns, "cart");
        await Cluster.CreatePodAsync(new Pod(ns, "cart-0", "cart", "node-a") { Labels = new() { ["app"] = "cart" } });
        await BecomesAsync(ns, allowed: true);
        return ns;
    }

    /// <summary>Whether a GET of <c>/</c> is allowed; null while nothing is decided.</summary>
    internal async Task<bool?> IsAllowedAsync(string ns)
    {
        var client = new Authorization.AuthorizationClient(_channel!);
        try
        {
            var answer = await client.CheckAsync(Question.Http($"{ns}/cart"), cancellationToken: TestContext.Current.CancellationToken);
            return answer.Status.Code == 0;
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.FailedPrecondition or StatusCode.Unavailable)
        {
            return null; // the pod is not known yet
        }
    }

    /// <summary>Waits until a decision is as it should be.</summary>
    internal async Task BecomesAsync(string ns, bool allowed)
    {
        await Eventually.TrueAsync(async () => await IsAllowedAsync(ns) == allowed, allowed ? "allowed" : "denied");
    }

    /// <summary>Points the API server at this service's webhook, and waits until it is asked.</summary>
    internal async Task UseWebhookAsync(string ns)
    {
        await Installation.PointWebhookAsync(Cluster, _webhook);
        await Eventually.TrueAsync(
            async () => (await Cluster.TryKubectlAsync(PolicyTests.Invalid("probe", ns), "apply", "--dry-run=server", "--validate=false", "-f", "-")).Output
                .Contains("address-invalid", StringComparison.Ordinal),
            "the webhook's word");
    }
}
