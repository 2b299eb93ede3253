using Microsoft.Extensions.Hosting;

namespace MeshCA.Rpc.Bundles;

/// <summary>Looks whether trust bundle or lists changed, once for all streams: comparisons of references, four times a second.</summary>
internal sealed class BundleWorker(PublishedBundles bundles, RevocationPushes revocations, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                bundles.Look();
                revocations.Look();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }
}
