using MeshCA.Configuration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Storage.Retention;

/// <summary>Removes old records in the background.</summary>
internal sealed class RetentionWorker(
    IStore store, IOptions<StorageOptions> options, TimeProvider clock, ILogger<RetentionWorker> logger) : BackgroundService
{
    private bool _isHalted;

    /// <summary>Whether the clock may be believed; by one that jumped ahead records would go whose certificates live.</summary>
    public Func<bool> MayForget { get; init; } = () => true;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RetentionInterval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (MayForget())
                {
                    _isHalted = false;
                    await PruneAsync(stoppingToken);
                }
                else if (!_isHalted)
                {
                    _isHalted = true; // told once: it may be so for months
                    Log.RetentionHalted(logger);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task PruneAsync(CancellationToken cancellationToken)
    {
        try
        {
            var removed = await store.PruneAsync(cancellationToken);
            Log.RetentionPruned(logger, removed);
        }

        // The loop's outermost frame: whatever a run met, an escaping exception would end the whole service for housekeeping.
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The next run tries again; if the store takes nothing at all, its health says so.
            Log.RetentionFailed(logger, exception);
        }
    }
}
