using Kubernetes.Tests.Running;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace Kubernetes.Tests.Distribution;

/// <summary>A cluster of its own in which a service distributes its roots.</summary>
public sealed class DistributionService : IAsyncLifetime
{
    private KubernetesCluster? _cluster;
    private MeshService? _service;

    internal KubernetesCluster Cluster => _cluster ?? throw new InvalidOperationException("not started yet");

    internal MeshService Service => _service ?? throw new InvalidOperationException("not started yet");

    /// <summary>The bundle as the service gives it.</summary>
    internal Task<string> BundleAsync() => Service.Process.Http.GetStringAsync("/bundle.pem", TestContext.Current.CancellationToken);

    /// <summary>What a namespace's config map holds; null where there is none.</summary>
    internal async Task<string?> RootsAsync(string ns) =>
        (await Cluster.Admin.FindAsync($"/api/v1/namespaces/{ns}/configmaps/istio-ca-root-cert"))?["data"]?["root-cert.pem"]?.GetValue<string>();

    /// <summary>Waits until a namespace has the bundle.</summary>
    internal async Task ReachesAsync(string ns)
    {
        var bundle = await BundleAsync();
        await Eventually.TrueAsync(async () => await RootsAsync(ns) == bundle, $"the bundle in {ns}");
    }

    public async ValueTask InitializeAsync()
    {
        _cluster = await KubernetesCluster.StartAsync();
        _service = await MeshService.StartAsync(
            _cluster,
            ("TrustDistribution:Enabled", "true"),
            ("TrustDistribution:RevocationLists", "true"),
            ("TrustDistribution:Webhooks:0", "meshca-policies"),
            ("TrustDistribution:IstiodSecret", "istio-system/istiod-tls"));
        await ReachesAsync("default");
    }

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }
}
