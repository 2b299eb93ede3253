using MeshCA.Authorities;
using MeshCA.Issuance;
using MeshCA.Revocations.Lists;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.Hosting;

/// <summary>Keeps the lists current: new authorities, lists that are half over, files that the operator changed.</summary>
internal sealed class RevocationWorker(
    ListPublisher publisher, RevocationMetrics metrics, TimeSpan interval, TimeProvider clock, ILogger<RevocationWorker> logger)
    : BackgroundService
{
    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await publisher.PublishAsync(stoppingToken);
            }

            // What fails now is due again at the next tick.
            catch (Exception e) when (e is JournalUnavailableException or KeySealException)
            {
                metrics.ListRoundFailed();
                Log.ListRoundFailed(logger, e);
            }
        }
    }
}
