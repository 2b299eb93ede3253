using Xunit;

namespace Kubernetes.Tests.Running;

/// <summary>The cluster of all tests that leave it usable for others; started by the first that asks.</summary>
public sealed class SharedCluster : IAsyncLifetime
{
    private KubernetesCluster? _cluster;
    private int _names;

    /// <summary>The cluster, running.</summary>
    internal async Task<KubernetesCluster> StartedAsync() => _cluster ??= await KubernetesCluster.StartAsync();

    /// <summary>Makes a name that no test had before.</summary>
    internal string NewName(string prefix) => $"{prefix}-{Interlocked.Increment(ref _names)}";

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }
}
