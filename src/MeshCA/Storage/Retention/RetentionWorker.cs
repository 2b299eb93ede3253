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
                await (MayForget() ? PruneAsync(stoppingToken) : Task.CompletedTask);
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
