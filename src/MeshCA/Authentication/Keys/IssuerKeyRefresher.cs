using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.Authentication.Keys;

/// <summary>Keeps the keys of all issuers fresh in the background.</summary>
internal sealed class IssuerKeyRefresher(
    IssuerDirectory issuers, TimeProvider clock, CertificateMetrics metrics, ILogger<IssuerKeyRefresher> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (issuers.Rings.Count == 0)
        {
            Log.NoTokenIssuers(logger);
        }

        await Task.WhenAll(issuers.Rings.Select(ring => RunAsync(ring, stoppingToken)));
    }

    private async Task RunAsync(IssuerKeyRing ring, CancellationToken stoppingToken)
    {
        var reader = new IssuerKeyReader(ring, KeySources.Open(ring.Issuer.Keys), clock, metrics, logger);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await reader.RunAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The outermost loop: one issuer's fault must end neither the others nor the service.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Log.IssuerKeysFault(logger, exception, ring.Issuer.Name);
                await Task.Delay(IssuerKeyRing.MinRefreshSpacing, clock, stoppingToken);
            }
        }
    }
}
