using MeshCA.Consumers;
using MeshCA.Issuance;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.Rpc.Bundles;

/// <summary>Writes consumers in the background: one transaction for all that reported since the last.</summary>
internal sealed class ConsumerWorker(ConsumerKeeper keeper, TimeProvider clock, ILogger<ConsumerWorker> logger) : BackgroundService
{
    /// <summary>Time between two writes; what a crash may lose.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private bool _failed;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            do
            {
                await RunAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Once more: a restart need not wait for everybody to report again.
            await RunAsync(new CancellationToken(canceled: false));
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await keeper.LoadAsync(cancellationToken);
            await keeper.FlushAsync(cancellationToken);
            _failed = false;
        }
        catch (JournalUnavailableException exception)
        {
            if (!_failed)
            {
                Log.ConsumersNotWritten(logger, exception);
            }

            _failed = true;
        }
    }
}
