using MeshCA.Authentication.ClusterTokens;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.Authentication.Keys;

/// <summary>Keeps the keys of all issuers fresh in the background.</summary>
internal sealed class IssuerKeyRefresher(
    IssuerDirectory issuers,
    TimeProvider clock,
    CertificateMetrics metrics,
    ILogger<IssuerKeyRefresher> logger,
    ClusterTokenDirectory? clusters = null)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (issuers.Rings.Count == 0 && clusters is null or { All.Count: 0 })
        {
            Log.NoTokenIssuers(logger);
        }

        var readings = new IssuerKeyReadings(metrics, logger);
        await Task.WhenAll(issuers.Rings.Select(ring =>
            new KeyReader(ring, KeySources.Open(ring.Issuer.Keys), clock, readings).RunAsync(stoppingToken)));
    }
}
