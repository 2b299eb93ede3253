using System.Collections.Concurrent;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Clusters;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.TrustDistribution;

/// <summary>Keeps the <c>caBundle</c> of chosen webhooks of one cluster at the trust bundle (istio-ca §4.7).</summary>
/// <typeparam name="T">Mutating or validating.</typeparam>
/// <param name="cluster">The cluster.</param>
/// <param name="configurations">Its webhook configurations.</param>
/// <param name="webhooksOf">The webhooks of one.</param>
/// <param name="isOurs">Whether one is to be kept.</param>
/// <param name="content">What is distributed now; null while this replica may not write, or there is nothing.</param>
/// <param name="metrics">Counts.</param>
/// <param name="clock">The time.</param>
/// <param name="logger">Gets what goes wrong, once.</param>
internal sealed class WebhookPatcher<T>(
    Cluster cluster,
    IInformer<T> configurations,
    Func<T, IReadOnlyList<V1Webhook>?> webhooksOf,
    Func<V1ObjectMeta, bool> isOurs,
    Func<DistributedContent?> content,
    DistributionMetrics metrics,
    TimeProvider clock,
    ILogger logger) : IDisposable
    where T : class, IKubernetesResource<T>
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly KeyedQueue _queue = new(clock);
    private readonly OverwriteWatch _overwrites = new(clock);
    private readonly ConcurrentDictionary<string, (string Version, string Bundle)> _patched = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _faults = new(StringComparer.Ordinal);
    private IDisposable? _subscription;

    /// <summary>Has every configuration looked at.</summary>
    public void AddAll()
    {
        foreach (var configuration in configurations.Items)
        {
            Add(configuration);
        }
    }

    /// <summary>Works until the end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await configurations.WaitForSyncAsync(cancellationToken);
        _subscription = configurations.Subscribe((_, configuration) => Add(configuration));
        await _queue.RunAsync(1, ReconcileAsync, cancellationToken);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _subscription?.Dispose();
        _queue.Dispose();
    }

    private void Add(T? configuration)
    {
        if (configuration?.Metadata.Name is { } name && isOurs(configuration.Metadata))
        {
            _queue.Add(name);
        }
    }

    private async Task<TimeSpan?> ReconcileAsync(string name, int failures, CancellationToken cancellationToken)
    {
        if (content() is not { } current
            || !configurations.TryGet(name, null, out var present)
            || WebhookPlanner.Plan(webhooksOf(present) ?? [], current.RootsPem) is not { } patch)
        {
            return null;
        }

        // The version that our own last patch made is not shown yet, or it was written over since.
        var version = present.Metadata.ResourceVersion ?? "";
        if (_patched.TryGetValue(name, out var patched) && patched.Bundle == current.RootsPem)
        {
            if (patched.Version == version)
            {
                return null;
            }

            if (failures == 0 && _overwrites.Overwritten(name) is { } rest)
            {
                metrics.Overwritten(cluster.Id);
                Log.WebhookContested(logger, cluster.Id, T.Resource.Kind, name, rest);
                return rest;
            }
        }

        switch (await cluster.Api.PatchAsync<T>(name, null, patch, cancellationToken))
        {
            case ApiOutcome<T>.Done:
                _patched[name] = (version, current.RootsPem);
                _faults.TryRemove(name, out _);
                metrics.Wrote(cluster.Id, "ok");
                Log.WebhookPatched(logger, cluster.Id, T.Resource.Kind, name);
                return null;
            case ApiOutcome<T>.Failed({ Kind: ApiFailureKind.NotFound }):
                return null;
            case ApiOutcome<T>.Failed(var failure):
                metrics.Wrote(cluster.Id, failure.Kind == ApiFailureKind.Forbidden ? "forbidden" : "failed");
                TellOnce(name, $"{failure.Kind}: {failure.Message}");
                return failure.Kind == ApiFailureKind.Forbidden ? LongestPause : failure.RetryAfter ?? Pause(failures);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private void TellOnce(string name, string fault)
    {
        if (!_faults.TryGetValue(name, out var told) || told != fault)
        {
            _faults[name] = fault;
            Log.WebhookNotPatched(logger, cluster.Id, T.Resource.Kind, name, fault);
        }
    }

    private static TimeSpan Pause(int failures)
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(failures, 20));
        return pause < LongestPause ? pause : LongestPause;
    }
}
