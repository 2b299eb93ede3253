using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.Agent.Views;

/// <summary>Joins what is held with who may have it, and wakes every stream when either changes. Waiters hold nothing but the newest snapshot.</summary>
internal sealed class WorkloadFeed(IAgentStates states, IRegistrations registrations, TimeProvider clock, ILogger<WorkloadFeed> logger)
    : BackgroundService
{
    private const int MaxNamed = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private WorkloadSnapshot _current = new(states.Current, registrations.Current);

    /// <summary>The newest snapshot.</summary>
    public WorkloadSnapshot Current
    {
        get
        {
            var (state, entries) = (states.Current, registrations.Current);
            var current = Volatile.Read(ref _current);
            return IsNewer(state, entries, current) ? Take() : current;
        }
    }

    /// <summary>Waits until a caller stands otherwise than <see cref="WorkloadStanding.NotYet"/>.</summary>
    /// <param name="peer">The caller.</param>
    /// <param name="standing">Says how it stands.</param>
    /// <param name="longest">How long to wait at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The snapshot in which it does; else the newest, when the time is up.</returns>
    public async Task<WorkloadSnapshot> SettleAsync(
        WorkloadPeer peer, Func<WorkloadView, WorkloadStanding> standing, TimeSpan longest, CancellationToken cancellationToken)
    {
        var snapshot = Current;
        if (standing(snapshot.For(peer)) != WorkloadStanding.NotYet || longest <= TimeSpan.Zero)
        {
            return snapshot;
        }

        using var late = new CancellationTokenSource(longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            while (standing(snapshot.For(peer)) == WorkloadStanding.NotYet)
            {
                await snapshot.Replaced.WaitAsync(either.Token);
                snapshot = Current;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The time is up.
        }

        return snapshot;
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The outermost loop: without it no stream would hear of anything any more.
                Log.WorkloadFeedFault(logger, e);
                await Task.Delay(Pause, clock, stoppingToken);
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var current = Current;
            var state = states.NewerThanAsync(current.State.Revision, ending.Token);
            var entries = registrations.NewerThanAsync(current.Registrations.Revision, ending.Token);
            while (true)
            {
                await await Task.WhenAny(state, entries);
                current = Current;
                state = state.IsCompleted ? states.NewerThanAsync(current.State.Revision, ending.Token) : state;
                entries = entries.IsCompleted ? registrations.NewerThanAsync(current.Registrations.Revision, ending.Token) : entries;
            }
        }
        finally
        {
            await ending.CancelAsync();
        }
    }

    private WorkloadSnapshot Take()
    {
        WorkloadSnapshot old, taken;
        lock (_lock)
        {
            var (state, entries) = (states.Current, registrations.Current);
            if (!IsNewer(state, entries, _current))
            {
                return _current;
            }

            old = _current;
            taken = new(state, entries);
            Volatile.Write(ref _current, taken);
        }

        old.Replace();
        TellLeftOut(old.State, taken.State);
        return taken;
    }

    private void TellLeftOut(AgentState old, AgentState taken)
    {
        if (ReferenceEquals(old.Federated, taken.Federated))
        {
            return;
        }

        var leftOut = FittingBundles.FindLeftOut(taken);
        if (leftOut.Count > 0 && !leftOut.SequenceEqual(FittingBundles.FindLeftOut(old)))
        {
            Log.FederatedBundlesLeftOut(logger, leftOut.Count, string.Join(", ", leftOut.Take(MaxNamed)));
        }
    }

    private static bool IsNewer(AgentState state, RegistrationSet entries, WorkloadSnapshot than) =>
        !ReferenceEquals(state, than.State) || !ReferenceEquals(entries, than.Registrations);
}
