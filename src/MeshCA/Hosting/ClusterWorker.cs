using MeshCA.Clusters;
using Microsoft.Extensions.Hosting;

namespace MeshCA.Hosting;

/// <summary>Keeps the copies of the clusters' objects while the service runs.</summary>
internal sealed class ClusterWorker(ClusterDirectory clusters) : BackgroundService
{
    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var cluster in clusters.All)
        {
            cluster.Informers.Start();
        }

        // The host ends the service when this throws.
        await await Task.WhenAny(clusters.All.Select(cluster => cluster.Informers.Broken).Append(Task.Delay(Timeout.Infinite, stoppingToken)));
    }
}
