using System.Collections.Concurrent;
using System.Text.Json;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Clusters;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.PolicySources.Watched;

/// <summary>Watches the policies, pods, namespaces and services of a cluster.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="staleAfter">How long the server may fail before what is known counts as old.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">Gets failures.</param>
internal sealed class WatchedCluster(Cluster cluster, TimeSpan staleAfter, TimeProvider clock, ILogger<WatchedCluster> logger)
    : BackgroundService, IWatchedCluster, IPolicyStatuses
{
    private static readonly TimeSpan VersionDelay = TimeSpan.FromSeconds(5);

    private static readonly string[] Parts =
    [
        V1AuthorizationPolicy.Resource.Plural, V1RequestAuthentication.Resource.Plural, V1PeerAuthentication.Resource.Plural,
        V1Pod.Resource.Plural, V1Namespace.Resource.Plural, V1Service.Resource.Plural,
    ];

    private readonly ConcurrentDictionary<string, PartState> _parts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _versions = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc />
    public event Action? Changed;

    /// <inheritdoc />
    public bool HasSynced => _synced.Task.IsCompleted;

    /// <inheritdoc />
    public string? TrustDomain { get; init; }

    /// <inheritdoc />
    public WatchedPolicies Policies { get; } = new();

    /// <inheritdoc />
    public WatchedWorkloads Workloads { get; } = new();

    /// <inheritdoc />
    public string? Fault
    {
        get
        {
            if (!HasSynced)
            {
                return Parts.Select(part => _parts.GetValueOrDefault(part)).FirstOrDefault(state => state is { Failure: not null }) is { } unread
                    ? $"{unread.Part}: {unread.Failure!.Message}" // just checked
                    : null;
            }

            return Age > staleAfter ? $"the API server has not answered for more than {staleAfter:c}: what it last said stays in force" : null;
        }
    }

    /// <summary>For how long what is known has not been kept up; zero while all of it is.</summary>
    public TimeSpan Age => Parts.Select(AgeOf).Max();

    /// <inheritdoc />
    public async Task<bool> WaitForSyncAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        try
        {
            await _synced.Task.WaitAsync(longest, clock, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <inheritdoc />
    public Task<ApiOutcome<JsonElement>> WriteAsync(WatchedPolicy policy, JsonElement status, CancellationToken cancellationToken)
    {
        var metadata = new V1ObjectMeta
        {
            Name = policy.Id.Name,
            Namespace = policy.Id.Namespace,
            Uid = policy.Uid.Length > 0 ? policy.Uid : null,
            ResourceVersion = policy.ResourceVersion, // somebody who was faster must not lose what they said
        };
        return (policy.Id.Kind, IsBeta(policy.Id.Kind)) switch
        {
            (AuthzEngine.Policies.ResourceKind.AuthorizationPolicy, false) =>
                WriteAsync(new V1AuthorizationPolicy { Metadata = metadata, Status = status }, cancellationToken),
            (AuthzEngine.Policies.ResourceKind.AuthorizationPolicy, true) =>
                WriteAsync(new V1Beta1AuthorizationPolicy { Metadata = metadata, Status = status }, cancellationToken),
            (AuthzEngine.Policies.ResourceKind.RequestAuthentication, false) =>
                WriteAsync(new V1RequestAuthentication { Metadata = metadata, Status = status }, cancellationToken),
            (AuthzEngine.Policies.ResourceKind.RequestAuthentication, true) =>
                WriteAsync(new V1Beta1RequestAuthentication { Metadata = metadata, Status = status }, cancellationToken),
            (_, false) => WriteAsync(new V1PeerAuthentication { Metadata = metadata, Status = status }, cancellationToken),
            (_, true) => WriteAsync(new V1Beta1PeerAuthentication { Metadata = metadata, Status = status }, cancellationToken),
        };
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Policies.Changed += Tell;
        Workloads.Changed += Tell;
        await Task.WhenAll(
            WatchPoliciesAsync<V1AuthorizationPolicy, V1Beta1AuthorizationPolicy>(stoppingToken),
            WatchPoliciesAsync<V1RequestAuthentication, V1Beta1RequestAuthentication>(stoppingToken),
            WatchPoliciesAsync<V1PeerAuthentication, V1Beta1PeerAuthentication>(stoppingToken),
            FollowAsync<V1Pod>(Workloads.Take, stoppingToken),
            FollowAsync<V1Namespace>(Workloads.Take, stoppingToken),
            FollowAsync<V1Service>(Workloads.Take, stoppingToken));
    }

    private async Task WatchPoliciesAsync<TStable, TBeta>(CancellationToken stoppingToken)
        where TStable : class, IKubernetesResource<TStable>, IIstioPolicy
        where TBeta : class, IKubernetesResource<TBeta>, IIstioPolicy
    {
        var part = TStable.Resource.Plural;
        try
        {
            while (true)
            {
                switch (await IstioVersions.FindAsync<TStable, TBeta>(cluster.Api, stoppingToken))
                {
                    case ApiOutcome<string>.Done(var version):
                        _versions[part] = version;
                        Log.ClusterPoliciesWatched(logger, part, version);
                        await (version == TStable.Resource.Version ? WatchPoliciesAsync<TStable>(stoppingToken) : WatchPoliciesAsync<TBeta>(stoppingToken));
                        break;
                    case ApiOutcome<string>.Failed(var failure):
                        StateOf(part).Fail(failure, logger);
                        if (failure.Kind == ApiFailureKind.NotFound)
                        {
                            // Without its definition there is no object of a kind, so there is nothing to wait for.
                            StateOf(part).BeAbsent();
                            TellWhenSynced();
                        }

                        break;
                    default:
                        throw new System.Diagnostics.UnreachableException();
                }

                await Task.Delay(VersionDelay, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // This is how it ends.
        }
    }

    // Until the version is no longer served. The copy is not shared: nobody else has a use for it, and it must end.
    private async Task WatchPoliciesAsync<T>(CancellationToken stoppingToken)
        where T : class, IKubernetesResource<T>, IIstioPolicy
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var kind = Enum.Parse<AuthzEngine.Policies.ResourceKind>(T.Resource.Kind);
        var state = StateOf(T.Resource.Plural);
        var options = new InformerOptions
        {
            OnFailure = (failure, _) =>
            {
                state.Fail(failure, logger);
                if (failure.Kind == ApiFailureKind.NotFound)
                {
                    gone.Cancel();
                }
            },
            OnRecovery = () => state.Recover(logger),
        };
        var informer = new Informer<T>(cluster.Api, ListQuery.All, options, clock);
        state.LastContact = () => informer.LastContact;
        using var subscription = informer.Subscribe(Policies.Take);
        await Task.WhenAll(informer.RunAsync(gone.Token), SyncAsync(
            informer, state, () => Policies.Keep(kind, id => informer.TryGet(id.Name, id.Namespace, out _)), gone.Token));
    }

    // The copy is one that others follow too.
    private async Task FollowAsync<T>(Action<T?, T?> take, CancellationToken stoppingToken)
        where T : class, IKubernetesResource<T>
    {
        var informer = cluster.Informer<T>();
        var state = StateOf(T.Resource.Plural);
        state.LastContact = () => informer.LastContact;
        state.CurrentFailure = () => (informer as Informer<T>)?.LastFailure;
        using var subscription = informer.Subscribe(take);
        await SyncAsync(informer, state, () => { }, stoppingToken);
        await Task.Delay(Timeout.InfiniteTimeSpan, clock, stoppingToken).ContinueWith(static _ => { }, default, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task SyncAsync<T>(IInformer<T> informer, PartState state, Action onSynced, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        try
        {
            await informer.WaitForSyncAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        onSynced();
        state.Sync(logger);
        TellWhenSynced();
    }

    private void TellWhenSynced()
    {
        if (Parts.All(part => _parts.TryGetValue(part, out var each) && each.HasSynced) && _synced.TrySetResult())
        {
            Log.ClusterSynced(logger, Policies.All.Count, Workloads.Pods);
            Tell();
        }
    }

    private async Task<ApiOutcome<JsonElement>> WriteAsync<T>(T body, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>, IIstioPolicy =>
        await cluster.Api.ReplaceAsync(body, "status", cancellationToken) switch
        {
            ApiOutcome<T>.Done(var written) => new ApiOutcome<JsonElement>.Done(written.Status ?? default(JsonElement)),
            ApiOutcome<T>.Failed(var failure) => new ApiOutcome<JsonElement>.Failed(failure),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private bool IsBeta(AuthzEngine.Policies.ResourceKind kind) => _versions.GetValueOrDefault(kind switch
    {
        AuthzEngine.Policies.ResourceKind.AuthorizationPolicy => V1AuthorizationPolicy.Resource.Plural,
        AuthzEngine.Policies.ResourceKind.RequestAuthentication => V1RequestAuthentication.Resource.Plural,
        _ => V1PeerAuthentication.Resource.Plural,
    }) == V1Beta1AuthorizationPolicy.Resource.Version;

    private TimeSpan AgeOf(string part) =>
        _parts.TryGetValue(part, out var state) && state.Failure is not null && state.LastContact?.Invoke() is { } contact
            ? clock.GetUtcNow() - contact
            : TimeSpan.Zero;

    private PartState StateOf(string part) => _parts.GetOrAdd(part, static name => new PartState(name));

    private void Tell() => Changed?.Invoke();

    // How one of the kinds that are watched stands.
    private sealed class PartState(string part)
    {
        private volatile ApiFailure? _failure;
        private volatile bool _hasSynced;

        public string Part => part;

        public ApiFailure? Failure => CurrentFailure?.Invoke() ?? _failure;

        public Func<ApiFailure?>? CurrentFailure { get; set; }

        public bool HasSynced => _hasSynced;

        public Func<DateTimeOffset?>? LastContact { get; set; }

        // Once for each kind of failure, not for each attempt.
        public void Fail(ApiFailure failure, ILogger logger)
        {
            var isNew = _failure?.Kind != failure.Kind;
            _failure = failure;
            if (isNew)
            {
                Log.PoliciesNotWatched(logger, part, failure.Kind.ToString(), failure.Message);
            }
        }

        public void Recover(ILogger logger)
        {
            if (_failure is not null)
            {
                _failure = null;
                Log.PoliciesWatchedAgain(logger, part);
            }
        }

        public void Sync(ILogger logger)
        {
            Recover(logger);
            _hasSynced = true;
        }

        public void BeAbsent() => _hasSynced = true;
    }
}
