using KubernetesClient;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Clusters;

/// <summary>Copies of a cluster's objects: one of each kind and selection, however many ask for it.</summary>
/// <param name="cluster">The cluster's name.</param>
/// <param name="api">Its API server.</param>
/// <param name="options">How copies are kept.</param>
/// <param name="clock">The time.</param>
/// <param name="logger">The log.</param>
internal sealed class SharedInformers(string cluster, IKubernetes api, InformerOptions options, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    // Failures come every half minute at last: the first is told, and then one now and then.
    private const int ToldEvery = 20;

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<(Type Kind, ListQuery Query), Entry> _entries = [];
    private bool _started;
    private bool _disposed;

    /// <summary>Fails when a copy ends by a bug of those who follow it: nothing may go on with a copy that nobody keeps.</summary>
    public Task Broken => _broken.Task;

    /// <summary>The kinds that are copied, for people.</summary>
    public IReadOnlyList<string> Kinds
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries.Keys.Select(key => key.Kind.Name).Distinct().Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>The copy of some objects. It is kept from <see cref="Start"/> on.</summary>
    /// <param name="query">Which.</param>
    public IInformer<T> Get<T>(ListQuery query)
        where T : class, IKubernetesResource<T>
    {
        var key = (typeof(T), query with { Limit = 0, Continue = null });
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_entries.TryGetValue(key, out var entry))
            {
                var informer = new Informer<T>(api, query, Options<T>(), clock);
                entry = new Entry(informer, informer.RunAsync);
                _entries.Add(key, entry);
                if (_started)
                {
                    Run(entry);
                }
            }

            return (IInformer<T>)entry.Informer;
        }
    }

    /// <summary>Begins to keep the copies, and each further one from when it is asked for.</summary>
    public void Start()
    {
        lock (_lock)
        {
            if (!_started && !_disposed)
            {
                _started = true;
                foreach (var entry in _entries.Values)
                {
                    Run(entry);
                }
            }
        }
    }

    /// <summary>Ends them.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            running = [.. _entries.Values.Select(entry => entry.Running)];
        }

        await _stop.CancelAsync();
        await Task.WhenAll(running);
        _stop.Dispose();
    }

    // Without a token: one that never began could not be waited for.
    private void Run(Entry entry) => entry.Running = Task.Run(() => KeepAsync(entry.Run), default);

    private async Task KeepAsync(Func<CancellationToken, Task> run)
    {
        try
        {
            await run(_stop.Token);
        }

        // A bug of a follower; the service ends rather than go on with what is no longer true.
        catch (Exception e)
        {
            _broken.TrySetException(e);
        }
    }

    private InformerOptions Options<T>()
        where T : class, IKubernetesResource<T>
    {
        var kind = T.Resource.Plural;
        return options with
        {
            OnFailure = (failure, count) =>
            {
                if (count % ToldEvery == 1)
                {
                    Log.ClusterNotWatched(logger, kind, cluster, failure.Kind, failure.Message, count);
                }
            },
            OnRecovery = () => Log.ClusterWatchedAgain(logger, kind, cluster),
        };
    }

    private sealed class Entry(object informer, Func<CancellationToken, Task> run)
    {
        public object Informer => informer;

        public Func<CancellationToken, Task> Run => run;

        public Task Running { get; set; } = Task.CompletedTask;
    }
}
