using Microsoft.Extensions.Hosting;

namespace MeshCA.Federation;

/// <summary>Has due bundles fetched and looks for alarms, once a second; of replicas only the one that leads.</summary>
internal sealed class FederationWorker(FederationPoller poller, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Whether this process may change what is kept.</summary>
    public Func<bool> MayChange { get; init; } = () => true;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            do
            {
                if (MayChange())
                {
                    poller.StartDue(stoppingToken);
                    poller.Look();
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Before the store closes: a fetch that is writing finishes, the others end at once.
            await poller.IdleAsync(new CancellationToken(canceled: false));
        }
    }
}
