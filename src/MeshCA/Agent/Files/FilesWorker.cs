using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Configuration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.Agent.Files;

/// <summary>Keeps all directories.</summary>
internal sealed class FilesWorker(
    AgentOptions options,
    IAgentStates states,
    IRegistrations registrations,
    AppliedStates applied,
    AgentMetrics metrics,
    TimeProvider clock,
    ILogger<FilesWorker> logger) : BackgroundService
{
    private readonly FilesKeeper[] _keepers =
    [
        .. options.Files.Select(files => new FilesKeeper(
            files, RenewalSettings.From(options), states, registrations, applied.Add($"files in {files.Directory}"), metrics, clock, logger)),
    ];

    /// <summary>How each directory stands.</summary>
    public IReadOnlyList<FilesStatus> Statuses => [.. _keepers.Select(keeper => keeper.Status)];

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Writing blocks: not on the thread that starts the host.
        var running = _keepers.Select(keeper => Task.Run(() => keeper.RunAsync(stoppingToken), stoppingToken)).ToList();
        if (running.Count > 0)
        {
            await await Task.WhenAny(running);
        }
    }
}
