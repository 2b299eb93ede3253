using Kubernetes.Tests.Running;
using Xunit;

namespace Kubernetes.Tests.Tokens;

/// <summary>A service in the shared cluster that judges tokens as it does by default, and trusts one node proxy.</summary>
public sealed class TokenService(SharedCluster shared) : IAsyncLifetime
{
    private KubernetesCluster? _cluster;
    private MeshService? _service;

    internal KubernetesCluster Cluster => _cluster ?? throw new InvalidOperationException("not started yet");

    internal MeshService Service => _service ?? throw new InvalidOperationException("not started yet");

    /// <summary>Namespace of the node proxies.</summary>
    internal string ProxyNamespace { get; } = shared.NewName("proxies");

    public async ValueTask InitializeAsync()
    {
        _cluster = await shared.StartedAsync();
        await _cluster.CreateNamespaceAsync(ProxyNamespace);
        await _cluster.CreateAccountAsync(ProxyNamespace, "ztunnel");
        _service = await MeshService.StartAsync(
            _cluster,
            ("Kubernetes:Clusters:0:Aliases:0", "primary"),
            ("Kubernetes:Clusters:0:TrustedNodeAccounts:0", $"{ProxyNamespace}/ztunnel"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }
    }

    /// <summary>Makes a namespace with an account and a running pod of it.</summary>
    internal async Task<Workload> NewWorkloadAsync(string account = "web", string node = "node-a")
    {
        var ns = shared.NewName("shop");
        await Cluster.CreateNamespaceAsync(ns);
        await Cluster.CreateAccountAsync(ns, account);
        return await StartPodAsync(new Pod(ns, $"{account}-0", account, node));
    }

    /// <summary>Starts another pod.</summary>
    internal async Task<Workload> StartPodAsync(Pod pod) => new(Cluster, pod, await Cluster.CreatePodAsync(pod));
}

/// <summary>A pod that runs.</summary>
/// <param name="Cluster">Where.</param>
/// <param name="Pod">The pod.</param>
/// <param name="Uid">Its UID.</param>
internal sealed record Workload(KubernetesCluster Cluster, Pod Pod, string Uid)
{
    /// <summary>Its identity in the default trust domain.</summary>
    public string Identity => $"spiffe://cluster.local/ns/{Pod.Namespace}/sa/{Pod.Account}";

    /// <summary>A token bound to the pod, as a kubelet projects it.</summary>
    public Task<string> TokenAsync(string audience = "istio-ca") => Cluster.TokenAsync(Pod.Namespace, Pod.Account, audience, (Pod.Name, Uid));
}
