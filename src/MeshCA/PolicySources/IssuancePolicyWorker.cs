using MeshCA.Configuration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.PolicySources;

/// <summary>Looks at the file of the issuance policy whenever it changes.</summary>
/// <param name="loader">Reads it.</param>
/// <param name="path">The file.</param>
/// <param name="options">How often it is looked at.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">Gets faults.</param>
internal sealed class IssuancePolicyWorker(
    IssuancePolicyLoader loader, string path, PolicyOptions options, TimeProvider clock, ILogger<IssuancePolicyWorker> logger)
    : BackgroundService
{
    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var watcher = new PolicyWatcher([PolicyWatcher.Parent(path)], options, clock, logger);
        while (true)
        {
            var isNotified = await watcher.WaitAsync(stoppingToken);
            if (Reload() && !isNotified)
            {
                watcher.Rearm();
            }

            watcher.Arm();
        }
    }

    private bool Reload()
    {
        try
        {
            return loader.Reload();
        }
        catch (Exception e)
        {
            // The outermost loop: without it one fault would end all later changes unseen.
            Log.IssuancePolicyFault(logger, e);
            return false;
        }
    }
}
