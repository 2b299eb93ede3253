using MeshCA.Authentication.Keys;
using MeshCA.Clusters;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>Keeps the clusters' keys fresh.</summary>
internal sealed class ClusterTokenWorker(
    ClusterTokenDirectory tokens, ClusterDirectory clusters, TimeProvider clock, CertificateMetrics metrics, ILogger<ClusterTokenWorker> logger)
    : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var cluster in tokens.All)
        {
            Log.ClusterTokensJudged(
                logger, cluster.Settings.Id, cluster.Settings.Mode.ToString(), string.Join(' ', cluster.Settings.TrustedNodeAccounts));
        }

        var readings = new IssuerKeyReadings(metrics, logger);
        return Task.WhenAll(
            from cluster in tokens.All
            where cluster.Settings.ChecksSignatures
            let api = clusters.All.First(each => each.Id == cluster.Settings.Id).Api
            let source = new ClusterKeySource(api, cluster.Keys, discoversIssuer: cluster.Settings.Issuers.Count == 0)
            select new KeyReader(cluster.Keys, source, clock, readings).RunAsync(stoppingToken));
    }
}
