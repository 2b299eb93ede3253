using MeshCA.Authentication.Keys;
using MeshCA.Clusters;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>Keeps the clusters' keys fresh, and the copies of their pods and service accounts.</summary>
internal sealed class ClusterTokenWorker(
    ClusterTokenDirectory clusters, ClusterCopies copies, TimeProvider clock, CertificateMetrics metrics, ILogger<ClusterTokenWorker> logger)
    : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var cluster in clusters.All)
        {
            Log.ClusterTokensJudged(
                logger, cluster.Settings.Id, cluster.Settings.Mode.ToString(), string.Join(' ', cluster.Settings.TrustedNodeAccounts));
        }

        var readings = new IssuerKeyReadings(metrics, logger);
        return Task.WhenAll(
        [
            .. copies.All.Select(copy => copy.RunAsync(stoppingToken)),
            .. from cluster in clusters.All
               where cluster.Settings.ChecksSignatures
               let source = new ClusterKeySource(copies.Find(cluster.Settings.Id)!.Cluster.Api, cluster.Keys, cluster.Settings.Issuers.Count == 0)
               select new KeyReader(cluster.Keys, source, clock, readings).RunAsync(stoppingToken),
        ]);
    }
}
