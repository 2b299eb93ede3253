using MeshCA.Configuration;
using MeshCA.PolicySources.Watched;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.PolicySources;

/// <summary>Loads policies at start, then whenever their files change.</summary>
internal sealed class PolicyWorker(
    PolicyLoader loader, PolicyOptions options, TimeProvider clock, ILogger<PolicyWorker> logger, IWatchedCluster? cluster = null)
    : BackgroundService
{
    // A start that finds the cluster as it was left then makes no revision of its own. Longer, and it is told as a failure.
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(10);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var watcher = new PolicyWatcher(
            [options.Directory, PolicyWatcher.Parent(options.MeshFile), PolicyWatcher.Parent(options.InventoryFile)], options, clock, logger);
        if (cluster is not null)
        {
            cluster.Changed += watcher.Notify;
            await cluster.WaitForSyncAsync(FirstWait, stoppingToken);
        }

        try
        {
            await RunAsync(watcher, stoppingToken);
        }
        finally
        {
            if (cluster is not null)
            {
                cluster.Changed -= watcher.Notify;
            }
        }
    }

    private async Task RunAsync(PolicyWatcher watcher, CancellationToken stoppingToken)
    {
        var isNotified = true;
        while (true)
        {
            if (await LoadAsync(stoppingToken) && !isNotified)
            {
                // Nobody told of this change: the watches are on something that is no longer there.
                watcher.Rearm();
            }

            watcher.Arm();
            var isBegun = loader.WantsLook;
            if (isBegun)
            {
                watcher.AskForLook();
            }

            isNotified = await watcher.WaitAsync(stoppingToken) || (isBegun && isNotified);
        }
    }

    private async Task<bool> LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await loader.ReloadAsync(cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // The outermost loop: without it one fault would end all later changes unseen.
            Log.PolicyLoaderFault(logger, e);
            return false;
        }
    }
}
