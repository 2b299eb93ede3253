using KubernetesClient.LeaderElection;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.Leadership;

/// <summary>Leads while it holds a Lease.</summary>
internal sealed class LeaseLeadership : BackgroundService, ILeadership
{
    private const long None = 0;

    private readonly LeaseElector _elector;
    private readonly ILogger _logger;
    private volatile TaskCompletionSource _changed = NewChange();
    private long _terms;
    private long _current;

    /// <summary>Makes a candidate.</summary>
    /// <param name="elector">Takes part in the election.</param>
    /// <param name="logger">Gets what fails.</param>
    public LeaseLeadership(LeaseElector elector, ILogger<LeaseLeadership> logger)
    {
        (_elector, _logger) = (elector, logger);
        elector.LeadershipChanged += OnChange;
        elector.CallFailed += failure => Log.LeaseCallFailed(_logger, $"{failure.Kind}: {failure.Message}");
    }

    /// <inheritdoc />
    /// <remarks>Both are asked: the elector for this very moment, and the number since the elector is sure of a new term before it tells.</remarks>
    public long? Term => Interlocked.Read(ref _current) is not None and var term && _elector.IsLeader ? term : null;

    /// <inheritdoc />
    public string? Leader => _elector.Holder;

    /// <inheritdoc />
    public async Task WaitForChangeAsync(long? known, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = _changed.Task;
            if (Term != known)
            {
                return;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _elector.RunAsync(stoppingToken);

    private void OnChange(bool leads)
    {
        Interlocked.Exchange(ref _current, leads ? Interlocked.Increment(ref _terms) : None);
        var changed = _changed;
        _changed = NewChange();
        changed.SetResult();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
