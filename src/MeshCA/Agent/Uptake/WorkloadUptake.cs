using System.Collections.Immutable;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Sockets;
using MeshCA.Agent.WorkloadApi;
using MeshCA.Configuration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.Uptake;

/// <summary>Whether the workloads have the roots in use that the agent serves: their streams show it here, and the acknowledgement to the CA waits for it.</summary>
internal sealed class WorkloadUptake(
    IAgentStates states,
    IRegistrations registrations,
    WorkloadOptions options,
    WorkloadMetrics metrics,
    TimeProvider clock,
    ILogger<WorkloadUptake> logger) : BackgroundService
{
    // One look at all streams, instead of a timer for each.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly UptakeLedger _ledger = new(options.AcknowledgeWithin);
    private UptakeState _current = new(0, IsInUse: true, 0);
    private TaskCompletionSource _changed = NewSource();

    /// <summary>How it stands, and a task that ends with the next change of it.</summary>
    public (UptakeState State, Task Changed) Look()
    {
        lock (_lock)
        {
            return (_current, _changed.Task);
        }
    }

    /// <summary>By what it is judged whether a stream counts; another one with each change of entries and bans.</summary>
    internal (long Entries, HeldBans Bans) Judge => (registrations.Current.Revision, states.Current.Bans);

    /// <summary>Takes a seat for a stream, to be given back when it ends. It counts from its first report on.</summary>
    /// <param name="kind">The service.</param>
    /// <param name="connection">Who opened it.</param>
    /// <param name="node">What it calls itself, printable.</param>
    /// <param name="end">Ends the stream.</param>
    public UptakeSeat Join(UptakeKind kind, WorkloadConnection connection, string node, Func<Task> end) =>
        new(this, new UptakeMember(kind, connection.Peer, node, end));

    /// <summary>How many streams stand so.</summary>
    public int Count(UptakeStanding standing)
    {
        lock (_lock)
        {
            return _ledger.Count(standing);
        }
    }

    /// <summary>How many streams lack the roots that are served, by how they stand.</summary>
    public IEnumerable<(string Standing, int Count)> Figures() =>
        new[] { UptakeStanding.Awaited, UptakeStanding.Refused, UptakeStanding.Ignored }
            .Select(standing => (standing.ToString().ToLowerInvariant(), Count(standing)));

    /// <summary>Those without the roots that are served, for people.</summary>
    /// <param name="most">Most of them.</param>
    public ImmutableArray<UptakeRow> Lacking(int most)
    {
        lock (_lock)
        {
            return [.. _ledger.Lacking(most).Select(member => UptakeRow.Of(member, registrations.Current.Select(member.Peer).Names))];
        }
    }

    /// <summary>The roots in use at those that are waited for or refuse what is served, each once; null among them: of somebody nothing is known.</summary>
    public IReadOnlyCollection<X509BundleDigest?> RootsOfLacking()
    {
        lock (_lock)
        {
            return
            [
                .. _ledger.Lacking(int.MaxValue).Where(member => member.Standing != UptakeStanding.Ignored)
                    .Select(member => member.Report.InUse).Distinct(),
            ];
        }
    }

    /// <summary>Takes what a stream shows.</summary>
    /// <param name="member">The stream.</param>
    /// <param name="report">What it shows; null: it follows no roots.</param>
    internal void Report(UptakeMember member, UptakeReport? report)
    {
        // Who has no entry is given bundles at most, and cannot stop the mesh from turning to another root; nor can who is banned.
        var state = states.Current;
        var counts = report is not null && registrations.Current.Select(member.Peer).Entries.Any(entry => state.BanOf(entry) is null);
        lock (_lock)
        {
            if (counts)
            {
                _ledger.Report(member, report!, clock.GetUtcNow()); // not null: it counts
            }
            else
            {
                _ledger.Leave(member);
            }

            Publish();
        }
    }

    /// <inheritdoc />
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(LoopAsync(FollowAsync, stoppingToken), LoopAsync(SweepAsync, stoppingToken));

    private async Task LoopAsync(Func<CancellationToken, Task> run, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await run(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The outermost loop: without it no bundle would be acknowledged any more.
                Log.UptakeFault(logger, e);
                await Task.Delay(Pause, clock, stoppingToken);
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        for (var state = states.Current; ; state = await states.NewerThanAsync(state.Revision, cancellationToken))
        {
            lock (_lock)
            {
                _ledger.Follow(state.Revision, WantedOf(state), clock.GetUtcNow());
                Publish();
            }
        }
    }

    // A bundle without a sequence is not one that the CA asks about.
    private X509BundleDigest? WantedOf(AgentState state) =>
        options.AcknowledgeWithin > TimeSpan.Zero && state.Bundle is { Sequence: not null, X509: { Authorities.Count: > 0 } roots }
            ? roots.Digest
            : null;

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            ImmutableArray<UptakeMember> late;
            lock (_lock)
            {
                late = _ledger.GiveUp(clock.GetUtcNow());
                Publish();
            }

            foreach (var member in late)
            {
                metrics.Refused(nameof(WorkloadRefusal.NotAcknowledged));
                Log.WorkloadGivenUp(logger, UptakeRow.Of(member, registrations.Current.Select(member.Peer).Names).ToString(), options.AcknowledgeWithin);
                await EndAsync(member);
            }
        }
    }

    // Whatever one of them meets, the others are ended: what is given up counts no longer, and must not stay.
    private async Task EndAsync(UptakeMember member)
    {
        try
        {
            await member.End();
        }
        catch (ObjectDisposedException)
        {
            // The stream ended by itself at this moment.
        }
        catch (Exception e)
        {
            Log.UptakeFault(logger, e);
        }
    }

    // With the lock held.
    private void Publish()
    {
        var state = new UptakeState(_ledger.Revision, _ledger.IsInUse, _ledger.Count(UptakeStanding.Refused));
        if (state != _current)
        {
            var woken = _changed;
            (_current, _changed) = (state, NewSource());
            woken.SetResult();
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>How the workloads stand to what is served.</summary>
/// <param name="Revision">The state that they were held against.</param>
/// <param name="IsInUse">Whether all that are waited for have its roots, and nobody refuses them.</param>
/// <param name="Refused">How many refuse them.</param>
internal sealed record UptakeState(long Revision, bool IsInUse, int Refused);
