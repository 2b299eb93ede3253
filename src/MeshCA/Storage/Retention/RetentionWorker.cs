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
    // More than a clock is slewed by.
    private static readonly TimeSpan Lag = TimeSpan.FromMinutes(1);
    private bool _isLagging;

    /// <summary>The earliest that it can be; by a clock that jumped ahead records would go whose certificates live.</summary>
    public Func<DateTimeOffset> Earliest { get; init; } = clock.GetUtcNow;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RetentionInterval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = Earliest();
                TellLag(clock.GetUtcNow() - now);
                await PruneAsync(now, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    // Once for each jump: it may be so for months.
    private void TellLag(TimeSpan lag)
    {
        var isLagging = lag > Lag;
        if (isLagging && !_isLagging)
        {
            Log.RetentionLags(logger, lag);
        }

        _isLagging = isLagging;
    }

    private async Task PruneAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            var removed = await store.PruneAsync(now, cancellationToken);
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
