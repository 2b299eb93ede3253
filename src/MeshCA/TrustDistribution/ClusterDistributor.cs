using System.Collections.Concurrent;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Clusters;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.TrustDistribution;

/// <summary>Keeps the config maps of one cluster as they should be.</summary>
/// <remarks>
/// Writes are applied on the server's side and by force: that sets our key and label and nothing else, whoever changed them, and
/// needs no version to be right. One namespace is written by one worker at a time.
/// </remarks>
/// <param name="cluster">The cluster.</param>
/// <param name="namespaces">Its namespaces.</param>
/// <param name="maps">Its config maps of our names, by name.</param>
/// <param name="scope">Which namespaces count.</param>
/// <param name="content">What is distributed now; null while this replica may not write, or there is nothing.</param>
/// <param name="metrics">Counts.</param>
/// <param name="clock">The time.</param>
/// <param name="logger">Gets what goes wrong, once.</param>
internal sealed class ClusterDistributor(
    Cluster cluster,
    IInformer<V1Namespace> namespaces,
    IReadOnlyDictionary<string, IInformer<V1ConfigMap>> maps,
    DistributionScope scope,
    Func<DistributedContent?> content,
    DistributionMetrics metrics,
    TimeProvider clock,
    ILogger logger) : IDisposable
{
    /// <summary>Who owns the fields in the API server's books.</summary>
    public const string FieldManager = "meshca";

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WatchPatience = TimeSpan.FromSeconds(30);

    private readonly KeyedQueue _queue = new(clock);
    private readonly OverwriteWatch _overwrites = new(clock);
    private readonly ConcurrentDictionary<string, string> _faults = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Written> _written = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _events = new(StringComparer.Ordinal);
    private readonly List<IDisposable> _subscriptions = [];

    /// <summary>The cluster's name.</summary>
    public string ClusterId => cluster.Id;

    /// <summary>Config maps that somebody else keeps writing over.</summary>
    public int Contested => _overwrites.Contested;

    /// <summary>Namespaces that wait or are written.</summary>
    public int Pending => _queue.Count;

    /// <summary>Has every namespace looked at: the content changed, this replica leads now, or time went by.</summary>
    public void AddAll()
    {
        foreach (var ns in namespaces.Items)
        {
            Add(ns);
        }
    }

    /// <summary>Works until the end.</summary>
    /// <param name="workers">How many namespaces at once.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(int workers, CancellationToken cancellationToken)
    {
        await namespaces.WaitForSyncAsync(cancellationToken);
        foreach (var map in maps.Values)
        {
            await map.WaitForSyncAsync(cancellationToken);
            _subscriptions.Add(map.Subscribe(OnMapChange));
        }

        _subscriptions.Add(namespaces.Subscribe((_, ns) => Add(ns)));
        await _queue.RunAsync(workers, ReconcileAsync, cancellationToken);
    }

    /// <summary>How far the trust bundle has come in this cluster.</summary>
    /// <param name="content">The bundle.</param>
    public ClusterStanding Measure(DistributedContent content)
    {
        var covered = namespaces.Items.Where(scope.Covers).Select(ns => ns.Metadata.Name!).ToList(); // not null: the scope asked
        var roots = content.Maps[0];
        var behind = covered.Where(ns => !DistributionPlanner.Holds(Find(roots.Name, ns), roots)).Order(StringComparer.Ordinal);
        return new(
            cluster.Id,
            namespaces.HasSynced && maps.Values.All(map => map.HasSynced),
            covered.Count,
            [.. behind.Select(ns => new NamespaceBehind(ns, _faults.GetValueOrDefault(ns) ?? "not written yet"))]);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _subscriptions.ForEach(subscription => subscription.Dispose());
        _queue.Dispose();
    }

    private void Add(V1Namespace? ns)
    {
        if (ns?.Metadata.Name is { } name && scope.Covers(ns))
        {
            _queue.Add(name);
        }
    }

    private void OnMapChange(V1ConfigMap? before, V1ConfigMap? after)
    {
        if ((after ?? before)?.Metadata is { Name: { } name, Namespace: { } ns })
        {
            var key = KeyOf(ns, name);
            _events.AddOrUpdate(key, 1, static (_, count) => unchecked(count + 1));
            if (_written.TryGetValue(key, out var written))
            {
                written.IsSeen = true;
            }

            _queue.Add(ns);
        }
    }

    private V1ConfigMap? Find(string name, string ns) => maps[name].TryGet(name, ns, out var found) ? found : null;

    private async Task<TimeSpan?> ReconcileAsync(string ns, int failures, CancellationToken cancellationToken)
    {
        namespaces.TryGet(ns, null, out var present);
        if (present is null)
        {
            Forget(ns);
            return null;
        }

        if (content() is not { } current)
        {
            return null; // whoever leads next looks at all of them
        }

        TimeSpan? pause = null;
        foreach (var map in DistributionPlanner.Plan(present, scope, current, name => Find(name, ns)))
        {
            pause = Longer(pause, await WriteAsync(ns, map, failures, cancellationToken));
        }

        if (pause is null)
        {
            _faults.TryRemove(ns, out _);
        }

        return pause;
    }

    private async Task<TimeSpan?> WriteAsync(string ns, DistributedMap map, int failures, CancellationToken cancellationToken)
    {
        var key = KeyOf(ns, map.Name);
        if (_written.TryGetValue(key, out var written) && written.Text == map.Text)
        {
            if (!written.IsSeen && clock.GetUtcNow() - written.Time < WatchPatience)
            {
                return null; // our own write is on its way to us
            }

            if (written.IsSeen && !written.IsPaused && await JudgeOverwriteAsync(ns, map, cancellationToken) is { } rest)
            {
                written.IsPaused = true;
                return rest;
            }
        }

        // What comes while the server is asked may be of before the write or of after it: better one write too many than one too few.
        var events = _events.GetValueOrDefault(key);
        var outcome = await cluster.Api.ApplyAsync(
            DistributionPlanner.Body(ns, map), new ApplyOptions(FieldManager, Force: true), cancellationToken);
        switch (outcome)
        {
            case ApiOutcome<V1ConfigMap>.Done:
                var done = _written[key] = new Written(map.Text, clock.GetUtcNow());
                done.IsSeen = done.IsSeen || _events.GetValueOrDefault(key) != events;
                metrics.Wrote(cluster.Id, "ok");
                return null;
            case ApiOutcome<V1ConfigMap>.Failed(var failure):
                metrics.Wrote(cluster.Id, failure.Kind == ApiFailureKind.Forbidden ? "forbidden" : "failed");
                return OnFailure(ns, map, failure, failures);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private TimeSpan? OnFailure(string ns, DistributedMap map, ApiFailure failure, int failures)
    {
        // The namespace went, or ends: its event ends the matter.
        if (failure.Kind == ApiFailureKind.NotFound
            || (failure.Kind == ApiFailureKind.Forbidden && (!namespaces.TryGet(ns, null, out var present) || !scope.Covers(present))))
        {
            return null;
        }

        var fault = $"{failure.Kind}: {failure.Message}";
        var isKnown = _faults.TryGetValue(ns, out var told) && told == fault;
        _faults[ns] = fault;
        if (!isKnown)
        {
            Log.DistributionFailed(logger, cluster.Id, ns, map.Name, fault);
        }

        // What is forbidden or refused does not change by itself within seconds.
        return failure.IsTransient ? failure.RetryAfter ?? Pause(failures) : LongestPause;
    }

    private async Task<TimeSpan?> JudgeOverwriteAsync(string ns, DistributedMap map, CancellationToken cancellationToken)
    {
        metrics.Overwritten(cluster.Id);
        if (_overwrites.Overwritten(KeyOf(ns, map.Name)) is not { } pause)
        {
            return null;
        }

        var others = await FieldManagers.ReadOthersAsync(cluster.Api, ns, map.Name, FieldManager, cancellationToken);
        _faults[ns] = $"written over by {others}";
        Log.DistributionContested(logger, cluster.Id, ns, map.Name, others, pause);
        return pause;
    }

    private void Forget(string ns)
    {
        _faults.TryRemove(ns, out _);
        foreach (var name in maps.Keys)
        {
            _written.TryRemove(KeyOf(ns, name), out _);
            _events.TryRemove(KeyOf(ns, name), out _);
            _overwrites.Forget(KeyOf(ns, name));
        }
    }

    private static TimeSpan Pause(int failures)
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(failures, 20));
        return pause < LongestPause ? pause : LongestPause;
    }

    private static TimeSpan? Longer(TimeSpan? one, TimeSpan? other) => one is null || other > one ? other ?? one : one;

    private static string KeyOf(string ns, string name) => $"{ns}/{name}";

    /// <summary>What was written last.</summary>
    private sealed class Written(string text, DateTimeOffset time)
    {
        public string Text { get; } = text;

        public DateTimeOffset Time { get; } = time;

        /// <summary>Whether an event came since: what the informer shows is then not older than the write.</summary>
        public bool IsSeen { get; set; }

        /// <summary>Whether a pause was made already: after it there is a write, and not another pause.</summary>
        public bool IsPaused { get; set; }
    }
}

/// <summary>How far the trust bundle has come in one cluster.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="IsKnown">Whether its namespaces and config maps were read at all.</param>
/// <param name="Namespaces">How many namespaces get it.</param>
/// <param name="Behind">Those of them that do not have it, in the order of their names.</param>
internal sealed record ClusterStanding(string Cluster, bool IsKnown, int Namespaces, IReadOnlyList<NamespaceBehind> Behind);

/// <summary>A namespace that lacks the trust bundle.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Reason">Why, for people.</param>
internal sealed record NamespaceBehind(string Name, string Reason);
