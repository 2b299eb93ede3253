using System.Diagnostics;
using MeshCA.Auditing;
using MeshCA.Authorities;
using MeshCA.Configuration;
using MeshCA.Issuance;
using MeshCA.Policies;
using MeshCA.PolicySources.Watched;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.PolicySources;

/// <summary>Makes revisions out of the sources, one after the other: read, admit, make durable, put in force.</summary>
/// <remarks>
/// Durable first: a revision that callers saw never comes again for something else, and what was the last good version
/// when it was in force is so after a crash too.
/// </remarks>
internal sealed class PolicyLoader(
    PolicyOptions options,
    string trustDomain,
    IPolicyStore store,
    IAuditLog audit,
    PolicySnapshots snapshots,
    PolicyMetrics metrics,
    TimeProvider clock,
    ILogger<PolicyLoader> logger,
    IWatchedCluster? cluster = null) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly PolicyAlarms _alarms = new(metrics, logger);
    private PolicyIntake? _intake;
    private volatile PolicyStatus _status = PolicyStatus.Unread;
    private volatile bool _wantsLook;
    private bool _isTampered;

    /// <summary>How the sources stand.</summary>
    public PolicyStatus Status => _status;

    /// <summary>Called after each change of <see cref="Status"/>. Must be quick.</summary>
    public event Action? Advanced;

    /// <summary>Whether the last look found a file that is being written, so that another after the quiet time may find more.</summary>
    public bool WantsLook => _wantsLook;

    /// <summary>Reads all files and puts what is new in force. What fails is logged and stays as it was.</summary>
    /// <returns>Whether anything was new.</returns>
    public async Task<bool> ReloadAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        var started = clock.GetTimestamp();
        try
        {
            var intake = await OpenAsync(cancellationToken);
            var isRead = intake.TryReadFiles();
            _wantsLook = intake.WantsLook;

            // A file that is being written holds nothing back that stands elsewhere: files count as they were.
            intake.ReadCluster();
            return (isRead || cluster is not null) && await AdvanceAsync(
                intake,
                intake.Stored.Applied,
                step => [PolicyFileRecords.Of(intake.Admitted, intake.Stored, step, clock.GetUtcNow())]) is not null;
        }
        catch (JournalUnavailableException e)
        {
            Log.PolicyRevisionNotStored(logger, e, _status.Revision + 1);
            return false;
        }
        catch (KeySealException e)
        {
            ReportTampering(e);
            return false;
        }
        finally
        {
            metrics.Reloaded(clock.GetElapsedTime(started));
            _gate.Release();
        }
    }

    /// <summary>Changes what is applied: whole, durable and in force when it returns, or not at all.</summary>
    /// <param name="change">The change.</param>
    /// <param name="cancellationToken">Gives it up before it is written.</param>
    /// <exception cref="JournalUnavailableException">The store does not take it now.</exception>
    /// <exception cref="KeySealException">What the store holds was changed by something else.</exception>
    public async Task<PolicyChangeOutcome> ChangeAsync(PolicyChange change, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var intake = await OpenAsync(cancellationToken);
            var plan = intake.Changes.Plan(change, intake.Stored.Applied, intake.Admitted, intake.Stored.Revision + 1);
            await audit.AppendAsync(PolicyChangeRecords.Of(change, plan, "intent", clock.GetUtcNow()), cancellationToken);
            switch (plan)
            {
                case ChangePlan.Refused(var refused):
                    await audit.AppendAsync(PolicyChangeRecords.Of(change, plan, "refused", clock.GetUtcNow()), cancellationToken);
                    return refused;
                case ChangePlan.Ready ready:
                    var revision = await AdvanceAsync(intake, ready.Applied, RecordsOfBoth) ?? intake.Stored.Revision;
                    Log.PolicyChangeApplied(logger, change.Actor, PolicyChangeRecords.Summarize(plan), revision);
                    return new PolicyChangeOutcome.Changed(revision, ready.Findings);

                    // Files that could not be recorded before come with it.
                    IReadOnlyList<AuditEvent> RecordsOfBoth(PolicyStep step) =>
                    [
                        .. PolicyChangeRecords.Of(change, ready, clock.GetUtcNow()),
                        .. PolicyFileRecords.Find(intake.Admitted, intake.Stored, step, clock.GetUtcNow()) is { } files ? (AuditEvent[])[files] : [],
                    ];
                default:
                    throw new UnreachableException();
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>What is applied now.</summary>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    public async Task<StoredPolicies> ListAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return (await OpenAsync(cancellationToken)).Stored;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _gate.Dispose();

    private async Task<PolicyIntake> OpenAsync(CancellationToken cancellationToken)
    {
        if (_intake is null)
        {
            // Before any file is read, a source would look as if it were gone.
            var intake = new PolicyIntake(options, trustDomain, await store.LoadPoliciesAsync(cancellationToken), clock, cluster);
            while (!intake.TryReadFiles())
            {
                await Task.Delay(options.Debounce, clock, cancellationToken);
            }

            intake.ReadCluster();
            _intake = intake;
        }

        return _intake;
    }

    private async Task<long?> AdvanceAsync(
        PolicyIntake intake, IReadOnlyList<StoredResource> applied, Func<PolicyStep, IReadOnlyList<AuditEvent>> records)
    {
        if (intake.Plan(applied) is not { } step)
        {
            return null;
        }

        // Compiled before it is stored: a fault of ours then changes nothing, instead of a revision that never comes into force.
        var snapshot = SnapshotOf(step);
        try
        {
            if (ReferenceEquals(step.Stored, intake.Stored))
            {
                return GoOn(intake, step, snapshot);
            }

            // Not the caller's token: what it no longer waits for would be written all the same, and not known here.
            await store.SavePoliciesAsync(intake.Stored, step.Stored, records(step), new CancellationToken(canceled: false));
        }
        catch (JournalUnavailableException)
        {
            // A failed write may be on disk or not: the next attempt begins with what is there.
            _intake = null;
            throw;
        }

        _alarms.Report(intake.Admitted, step.Admitted);
        intake.Take(step);
        Publish(step, snapshot);
        return step.Admitted.Revision;
    }

    // Nothing has to be made durable; a store that was only opened again has its revision in force already.
    private long GoOn(PolicyIntake intake, PolicyStep step, PolicySnapshot? snapshot)
    {
        _alarms.Report(intake.Admitted, step.Admitted);
        intake.Take(step);
        Publish(step, snapshots.Current?.Revision == snapshot?.Revision ? null : snapshot);
        return step.Admitted.Revision;
    }

    private PolicySnapshot? SnapshotOf(PolicyStep step) =>
        step is { IsComplete: true, Mesh: { } mesh, Inventory: { } inventory }
            ? PolicySnapshot.Of(step.Admitted, mesh, inventory, snapshots.Current, clock.GetUtcNow())
            : null;

    private void Publish(PolicyStep step, PolicySnapshot? snapshot)
    {
        if (snapshot is not null)
        {
            snapshots.Publish(snapshot);
            Log.PolicySnapshotPublished(logger, snapshot.Revision, snapshot.Resources.InForce.Resources.Count, snapshot.Workloads.Count);
        }

        _status = new PolicyStatus(step.Admitted.Revision, step.IsComplete, step.Admitted) { Watched = step.Watched };
        Advanced?.Invoke();
    }

    private void ReportTampering(KeySealException exception)
    {
        // Once: it is tried again with every look at the files.
        if (!_isTampered)
        {
            _isTampered = true;
            Log.PolicyStoreTampered(logger, exception);
        }
    }
}
