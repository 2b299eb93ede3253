using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Authorities;
using MeshCA.Clusters;
using MeshCA.Configuration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.TrustDistribution;

/// <summary>Carries the trust bundle into the clusters. Every replica watches, so that a standby knows all; the leader alone writes.</summary>
/// <param name="clusters">The clusters.</param>
/// <param name="options">What is distributed, and where to.</param>
/// <param name="source">Composes what is distributed.</param>
/// <param name="istiod">Keeps istiod's certificate; null: nobody asked for it.</param>
/// <param name="metrics">Counts.</param>
/// <param name="clock">The time.</param>
/// <param name="logger">Gets what happens.</param>
internal sealed class DistributionWorker(
    ClusterDirectory clusters,
    TrustDistributionOptions options,
    DistributionSource source,
    IstiodCertificate? istiod,
    DistributionMetrics metrics,
    TimeProvider clock,
    ILogger<DistributionWorker> logger) : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RestartAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan IstiodInterval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly List<ClusterDistributor> _distributors = [];
    private readonly List<Action> _lookAgain = [];

    /// <summary>How far the trust bundle has come.</summary>
    /// <param name="target">The bundle sequence asked about.</param>
    public DistributionStanding Measure(long target)
    {
        if (!options.Enabled)
        {
            return new(true, []);
        }

        if (source.Compose() is not { } content)
        {
            return new(false, [.. clusters.All.Select(cluster => new ClusterStanding(cluster.Id, false, 0, []))]);
        }

        var distributors = Distributors();
        return new(
            (long)content.Sequence >= target,
            [
                .. clusters.All.Select(cluster => distributors.Find(distributor => distributor.ClusterId == cluster.Id)?.Measure(content)
                    ?? new ClusterStanding(cluster.Id, false, 0, [])),
            ]);
    }

    /// <summary>The standings to show; none while this replica does not write.</summary>
    public IReadOnlyList<ClusterStanding> Standings() =>
        source.Current is { } content ? [.. Distributors().Select(distributor => distributor.Measure(content))] : [];

    /// <summary>Config maps that somebody else keeps writing over, by cluster.</summary>
    public IEnumerable<KeyValuePair<string, int>> Contested() =>
        Distributors().Select(distributor => KeyValuePair.Create(distributor.ClusterId, distributor.Contested));

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var tasks = new List<Task> { KeepAsync("all", LookAsync, stoppingToken) };
        if (istiod is not null)
        {
            // Beside the others: a home cluster that does not answer must keep no other one waiting.
            tasks.Add(KeepAsync("istiod", token => RenewAsync(istiod, token), stoppingToken));
        }

        foreach (var cluster in clusters.All)
        {
            if (options.Enabled)
            {
                tasks.Add(KeepAsync(cluster.Id, token => DistributeAsync(cluster, token), stoppingToken));
            }

            if (options.Webhooks.Count + options.WebhookRevisions.Count > 0)
            {
                tasks.Add(KeepAsync(cluster.Id, token => PatchMutatingAsync(cluster, token), stoppingToken));
                tasks.Add(KeepAsync(cluster.Id, token => PatchValidatingAsync(cluster, token), stoppingToken));
            }
        }

        try
        {
            await Task.WhenAll(tasks);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private List<ClusterDistributor> Distributors()
    {
        lock (_lock)
        {
            return [.. _distributors];
        }
    }

    // References are compared four times a second; what changed goes out at once.
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var nextResync = clock.GetUtcNow() + options.ResyncInterval;
        DistributedContent? last = null;
        using var timer = new PeriodicTimer(LookInterval, clock);
        do
        {
            var (content, now) = (source.Current, clock.GetUtcNow());
            if (!ReferenceEquals(content, last) || now >= nextResync)
            {
                LookAgain(content, last);
                nextResync = now + options.ResyncInterval;
            }

            last = content;
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task RenewAsync(IstiodCertificate certificate, CancellationToken cancellationToken)
    {
        (AuthoritySnapshot? Snapshot, DateTimeOffset Next) last = default;
        using var timer = new PeriodicTimer(LookInterval, clock);
        do
        {
            var (snapshot, now) = (source.Snapshot, clock.GetUtcNow());
            if (snapshot is null)
            {
                last = default; // once this replica leads again it looks at once
            }
            else if (!ReferenceEquals(snapshot, last.Snapshot) || now >= last.Next)
            {
                last = (snapshot, now + IstiodInterval);
                await certificate.AdvanceAsync(snapshot, cancellationToken);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private void LookAgain(DistributedContent? content, DistributedContent? last)
    {
        if (content is not null && content.Sequence != last?.Sequence)
        {
            Log.DistributionBegun(logger, content.Sequence, clusters.All.Count);
        }

        Action[] all;
        lock (_lock)
        {
            all = [.. _lookAgain];
        }

        foreach (var lookAgain in all)
        {
            lookAgain();
        }
    }

    private async Task KeepAsync(string cluster, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await work(cancellationToken);
            }

            // The loop's outermost frame: a fault of ours in one cluster must not end the work in the others.
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Log.DistributionBroken(logger, cluster, e);
            }

            await Task.Delay(RestartAfter, clock, cancellationToken);
        }
    }

    private async Task DistributeAsync(Cluster cluster, CancellationToken cancellationToken)
    {
        // By name and not by label: a map whose label somebody took off would be gone from the copy, and there all the same.
        using var distributor = new ClusterDistributor(
            cluster,
            cluster.Informer<V1Namespace>(),
            source.MapNames.ToDictionary(name => name, name => cluster.Informer<V1ConfigMap>(new ListQuery { FieldSelector = $"metadata.name={name}" })),
            options.ToScope(),
            () => source.Current,
            metrics,
            clock,
            logger);
        Action lookAgain = distributor.AddAll;
        lock (_lock)
        {
            _distributors.Add(distributor);
            _lookAgain.Add(lookAgain);
        }

        try
        {
            await distributor.RunAsync(options.MaxConcurrency, cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                _distributors.Remove(distributor);
                _lookAgain.Remove(lookAgain);
            }
        }
    }

    private Task PatchMutatingAsync(Cluster cluster, CancellationToken cancellationToken) =>
        PatchAsync<V1MutatingWebhookConfiguration>(cluster, configuration => configuration.Webhooks, cancellationToken);

    private Task PatchValidatingAsync(Cluster cluster, CancellationToken cancellationToken) =>
        PatchAsync<V1ValidatingWebhookConfiguration>(cluster, configuration => configuration.Webhooks, cancellationToken);

    private async Task PatchAsync<T>(Cluster cluster, Func<T, IReadOnlyList<V1Webhook>?> webhooksOf, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        using var patcher = new WebhookPatcher<T>(
            cluster,
            cluster.Informer<T>(),
            webhooksOf,
            metadata => WebhookPlanner.IsOurs(metadata, options.Webhooks, options.WebhookRevisions),
            () => source.Current,
            metrics,
            clock,
            logger);
        Action lookAgain = patcher.AddAll;
        lock (_lock)
        {
            _lookAgain.Add(lookAgain);
        }

        try
        {
            await patcher.RunAsync(cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                _lookAgain.Remove(lookAgain);
            }
        }
    }
}
