using MeshCA.Authorities;
using MeshCA.Issuance;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.Leadership;

/// <summary>Takes over when this replica is elected; until then keeps what it would take over at hand.</summary>
/// <param name="leadership">Whether it is elected.</param>
/// <param name="right">Granted at the end of the taking over.</param>
/// <param name="steps">What taking over is.</param>
/// <param name="interval">How often a standby looks at what the leader did.</param>
/// <param name="clock">The time.</param>
/// <param name="logger">Gets every change.</param>
internal sealed class TakeOverWorker(
    ILeadership leadership, SigningRight right, TakeOverSteps steps, TimeSpan interval, TimeProvider clock, ILogger<TakeOverWorker> logger)
    : BackgroundService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private bool _ledBefore;

    /// <summary>Does what is due now.</summary>
    /// <returns>The term that was looked at, and how long to wait for another.</returns>
    public async Task<(long? Term, TimeSpan Wait)> AdvanceAsync(CancellationToken cancellationToken)
    {
        var term = leadership.Term;
        try
        {
            switch (term)
            {
                case null:
                    TellOfLoss();
                    await steps.FollowAsync(cancellationToken);
                    break;
                case { } elected when right.Term != elected:
                    await steps.TakeOverAsync(elected, cancellationToken);
                    right.Grant(elected);
                    _ledBefore = true;
                    Log.LeadershipTaken(logger, elected);
                    await steps.StartAsync(cancellationToken);
                    break;
            }

            return (term, interval);
        }
        catch (Exception e) when (e is JournalUnavailableException or KeySealException)
        {
            if (term is null)
            {
                Log.StandbyBehind(logger, e.Message, e);
                return (term, interval);
            }

            Log.TakeOverFailed(logger, e.Message, e);
            return (term, RetryAfter);
        }
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var (term, wait) = await AdvanceAsync(stoppingToken);
            await WaitAsync(term, wait, stoppingToken);
        }
    }

    private void TellOfLoss()
    {
        if (_ledBefore)
        {
            _ledBefore = false;
            Log.LeadershipLost(logger, leadership.Leader ?? "nobody known");
        }
    }

    private async Task WaitAsync(long? term, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(wait, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await leadership.WaitForChangeAsync(term, either.Token);
        }
        catch (OperationCanceledException)
        {
            // Time to look again, or to end.
        }
    }
}

/// <summary>What taking over is made of.</summary>
internal sealed record TakeOverSteps
{
    /// <summary>As a standby: looks at what the leader did.</summary>
    public required Func<CancellationToken, Task> FollowAsync { get; init; }

    /// <summary>Once elected, before signing: fences the leader before, and loads everything that it left.</summary>
    public required Func<long, CancellationToken, Task> TakeOverAsync { get; init; }

    /// <summary>Then: does what is due, from the serving certificate to the lists.</summary>
    public required Func<CancellationToken, Task> StartAsync { get; init; }
}
