using System.Text.Json;
using System.Threading.Channels;
using AuthzEngine.Analysis;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;
using KubernetesClient;
using MeshCA.Policies;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.PolicySources.Watched;

/// <summary>Writes into the status of each policy of the cluster what became of it, while this replica leads.</summary>
/// <param name="policies">The policies.</param>
/// <param name="statuses">Takes what is written.</param>
/// <param name="loader">Knows what became of them.</param>
/// <param name="snapshots">What is in force.</param>
/// <param name="isLeader">Whether this replica leads.</param>
/// <param name="settings">How often.</param>
/// <param name="metrics">Counts.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">Gets failures.</param>
internal sealed class PolicyStatusWriter(
    WatchedPolicies policies,
    IPolicyStatuses statuses,
    PolicyLoader loader,
    IPolicySnapshots snapshots,
    Func<bool> isLeader,
    StatusWriterSettings settings,
    ClusterPolicyMetrics metrics,
    TimeProvider clock,
    ILogger<PolicyStatusWriter> logger) : BackgroundService
{
    // An analysis of a large mesh takes seconds; it may take this part of one processor.
    private const int AnalysisShare = 10;

    private readonly Channel<bool> _occasions =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly StatusAttempts _attempts = new(clock);
    private (PolicyStatus Status, PolicySnapshot Snapshot, IReadOnlyDictionary<ResourceId, PolicyVerdict> Verdicts)? _judged;
    private long _analyzedAt;
    private TimeSpan _analysisTook;

    /// <summary>One round: writes what is not right. Those that were not judged yet wait for the next.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether all is right now, as far as it can be.</returns>
    public async Task<bool> WriteAsync(CancellationToken cancellationToken)
    {
        var status = loader.Status;
        if (!isLeader() || !status.IsComplete || snapshots.Current is not { } snapshot)
        {
            return true;
        }

        var verdicts = await JudgeAsync(status, snapshot, cancellationToken);
        var judged = status.Watched.ToDictionary(policy => policy.Id, policy => policy.Text);
        var all = policies.All;
        _attempts.Keep(all);
        var isDone = true;
        foreach (var policy in all)
        {
            if (!judged.TryGetValue(policy.Id, out var text) || !text.Equals(policy.Text))
            {
                isDone = false;
                continue;
            }

            var verdict = verdicts.GetValueOrDefault(policy.Id);
            if (PolicyConditions.Merge(policy.Status, verdict, policy.Generation, clock.GetUtcNow()) is { } merged
                && !await WriteAsync(policy, verdict, merged, cancellationToken))
            {
                return false;
            }
        }

        return isDone;
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        loader.Advanced += Wake;
        policies.Touched += Wake;
        using var timer = clock.CreateTimer(_ => Wake(), null, settings.Interval, settings.Interval);
        try
        {
            while (true)
            {
                await _occasions.Reader.ReadAsync(stoppingToken);
                await Task.Delay(settings.Settle, clock, stoppingToken);
                _occasions.Reader.TryRead(out _);
                await RoundAsync(stoppingToken);
            }
        }
        finally
        {
            loader.Advanced -= Wake;
            policies.Touched -= Wake;
        }
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // The outermost loop: without it one fault would end all later statuses unseen.
            Log.PolicyStatusFault(logger, e);
        }
    }

    // False: the server cannot be asked now, and the round ends.
    private async Task<bool> WriteAsync(WatchedPolicy policy, PolicyVerdict? verdict, JsonElement merged, CancellationToken cancellationToken)
    {
        if (!isLeader())
        {
            return false;
        }

        var (isAllowed, isFirstRefusal) = _attempts.Count(policy.Id, verdict, policy.Generation);
        if (!isAllowed)
        {
            if (isFirstRefusal)
            {
                Log.PolicyStatusUndone(logger, policy.Id.ToString());
            }

            return true;
        }

        var outcome = await statuses.WriteAsync(policy, merged, cancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(1.0 / settings.WritesPerSecond), clock, cancellationToken);
        if (outcome is not ApiOutcome<JsonElement>.Failed(var failure))
        {
            metrics.StatusWritten(nameof(ApiFailureKind.None));
            return true;
        }

        metrics.StatusWritten(failure.Kind.ToString());
        if (failure.Kind is ApiFailureKind.Conflict or ApiFailureKind.NotFound)
        {
            return true; // somebody was faster, or it is gone: either comes as a change
        }

        Log.PolicyStatusNotWritten(logger, policy.Id.ToString(), failure.Kind.ToString(), failure.Message);
        return failure.Kind == ApiFailureKind.Rejected;
    }

    private async Task<IReadOnlyDictionary<ResourceId, PolicyVerdict>> JudgeAsync(
        PolicyStatus status, PolicySnapshot snapshot, CancellationToken cancellationToken)
    {
        if (_judged is { } judged && ReferenceEquals(judged.Status, status) && ReferenceEquals(judged.Snapshot, snapshot))
        {
            return judged.Verdicts;
        }

        if (_analyzedAt != 0 && (AnalysisShare * _analysisTook) - clock.GetElapsedTime(_analyzedAt) is var rest && rest > TimeSpan.Zero)
        {
            await Task.Delay(rest, clock, cancellationToken);
        }

        var started = clock.GetTimestamp();
        IReadOnlyList<Finding> findings = PolicyAnalysis.Analyze(
            new(snapshot.Resources.InForce.Resources) { Settings = snapshot.Mesh, Inventory = snapshot.Inventory });
        var verdicts = PolicyVerdicts.Of(status.Resources, snapshot, findings);
        (_analyzedAt, _analysisTook) = (clock.GetTimestamp(), clock.GetElapsedTime(started));
        _judged = (status, snapshot, verdicts);
        return verdicts;
    }

    private void Wake() => _occasions.Writer.TryWrite(true);
}
