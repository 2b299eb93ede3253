using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace KubernetesClient;

/// <summary>A copy of all objects of a kind, kept by list and watch while <see cref="RunAsync"/> runs.</summary>
/// <typeparam name="T">The kind.</typeparam>
/// <param name="api">The server.</param>
/// <param name="query">Which objects.</param>
/// <param name="options">How.</param>
/// <param name="clock">The time.</param>
public sealed class Informer<T>(IKubernetes api, ListQuery query, InformerOptions options, TimeProvider clock) : IInformer<T>
    where T : class, IKubernetesResource<T>
{
    private static readonly ImmutableDictionary<ObjectKey, T> None = ImmutableDictionary<ObjectKey, T>.Empty;

    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Backoff _backoff = new(options.FirstDelay, options.MaxDelay);
    private readonly Lock _changes = new();
    private readonly List<Subscription> _subscriptions = [];
    private volatile ImmutableDictionary<ObjectKey, T> _items = None;
    private long _lastContact;
    private volatile ApiFailure? _lastFailure;

    /// <inheritdoc />
    public bool HasSynced => _synced.Task.IsCompleted;

    /// <inheritdoc />
    public DateTimeOffset? LastContact => Volatile.Read(ref _lastContact) is not 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>Why the copy is not kept up now; null while it is.</summary>
    public ApiFailure? LastFailure => _lastFailure;

    /// <inheritdoc />
    public IReadOnlyCollection<T> Items => new Snapshot(_items);

    /// <inheritdoc />
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _synced.Task.WaitAsync(cancellationToken);

    /// <inheritdoc />
    public bool TryGet(string name, string? ns, [NotNullWhen(true)] out T? found) => _items.TryGetValue(new(ns, name), out found);

    /// <inheritdoc />
    public IDisposable Subscribe(Action<T?, T?> onChange)
    {
        ArgumentNullException.ThrowIfNull(onChange);
        var subscription = new Subscription(this, onChange);
        lock (_changes)
        {
            foreach (var item in _items.Values)
            {
                onChange(null, item);
            }

            _subscriptions.Add(subscription);
        }

        return subscription;
    }

    /// <summary>Keeps the copy until it is cancelled; failures are waited out.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string? version = null;
        var nextList = 0L;
        try
        {
            while (true)
            {
                // Read once: what was left a moment ago may be over, and no timer takes a time that is.
                var now = clock.GetTimestamp();
                if (version is null || now >= nextList)
                {
                    nextList = now + Ticks(options.ResyncInterval * (1 + Jitter()));
                    version = await ListAsync(cancellationToken) ?? version;
                }
                else
                {
                    version = await WatchAsync(version, clock.GetElapsedTime(now, nextList), cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // This is how it ends.
        }
    }

    // Null: it failed, and was waited out.
    private async Task<string?> ListAsync(CancellationToken cancellationToken)
    {
        switch (await api.ListAllAsync<T>(query with { Limit = options.PageSize }, cancellationToken))
        {
            case ApiOutcome<KubernetesList<T>>.Done(var list):
                Heard();
                Replace(list.Items);
                _synced.TrySetResult();
                return list.ResourceVersion;
            case ApiOutcome<KubernetesList<T>>.Failed(var failure):
                await WaitAsync(failure, cancellationToken);
                return null;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    // The version reached; null where only a new list helps.
    private async Task<string?> WatchAsync(string version, TimeSpan forAtMost, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var heard = false;
        using var resync = new CancellationTokenSource(forAtMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, resync.Token);
        try
        {
            var thisTime = _lastFailure is null ? query : query with { WatchFor = options.FirstWatch };
            await foreach (var next in api.WatchAsync<T>(thisTime, version, either.Token))
            {
                if (next is WatchEvent<T>.Failed(var failure))
                {
                    return await FailedAsync(failure, version, heard, cancellationToken);
                }

                heard = true;
                Heard();
                version = Take(next);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return version;
        }

        if (heard || clock.GetElapsedTime(started) >= options.ShortWatch)
        {
            // The server held it to its end, so what did not come did not happen.
            _backoff.Reset();
            Heard();
        }
        else
        {
            await WaitAsync(new(ApiFailureKind.Unreachable, "the server ends each watch at once"), cancellationToken);
        }

        return version;
    }

    private async Task<string?> FailedAsync(ApiFailure failure, string version, bool heard, CancellationToken cancellationToken)
    {
        // What cannot be read would come again from the same version; a list has it once, or fails where it can be seen.
        var listAnew = failure.Kind is ApiFailureKind.Expired or ApiFailureKind.BadAnswer or ApiFailureKind.Rejected;
        if (failure.Kind != ApiFailureKind.Expired || (!heard && _backoff.Failures > 0))
        {
            await WaitAsync(failure, cancellationToken);
        }
        else
        {
            _backoff.Next(null); // a server that forgets at once must not be listed without a pause
        }

        return listAnew ? null : version;
    }

    private async Task WaitAsync(ApiFailure failure, CancellationToken cancellationToken)
    {
        var delay = _backoff.Next(failure.RetryAfter);
        _lastFailure = failure;
        options.OnFailure?.Invoke(failure, _backoff.Failures);
        await Task.Delay(delay, clock, cancellationToken);
    }

    private void Heard()
    {
        Volatile.Write(ref _lastContact, clock.GetUtcNow().UtcTicks);
        if (_lastFailure is not null)
        {
            _lastFailure = null;
            options.OnRecovery?.Invoke();
        }
    }

    private string Take(WatchEvent<T> next)
    {
        switch (next)
        {
            case WatchEvent<T>.Added(var item):
                _backoff.Reset();
                Set(item);
                return item.Metadata.ResourceVersion!;
            case WatchEvent<T>.Modified(var item):
                _backoff.Reset();
                Set(item);
                return item.Metadata.ResourceVersion!;
            case WatchEvent<T>.Deleted(var item):
                _backoff.Reset();
                Remove(ObjectKey.Of(item));
                return item.Metadata.ResourceVersion!;
            case WatchEvent<T>.Bookmark(var version):
                _backoff.Reset();
                return version;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private void Set(T item)
    {
        var key = ObjectKey.Of(item);
        lock (_changes)
        {
            var old = _items.GetValueOrDefault(key);
            if (!IsSame(old, item))
            {
                _items = _items.SetItem(key, item);
                Tell(old, item);
            }
        }
    }

    private void Remove(ObjectKey key)
    {
        lock (_changes)
        {
            if (_items.TryGetValue(key, out var old))
            {
                _items = _items.Remove(key);
                Tell(old, null);
            }
        }
    }

    private void Replace(IReadOnlyList<T> listed)
    {
        var fresh = None.ToBuilder();
        foreach (var item in listed.Where(item => item.Metadata.Name is not null))
        {
            fresh[ObjectKey.Of(item)] = item;
        }

        lock (_changes)
        {
            var before = _items;
            var after = fresh.ToImmutable();
            _items = after;

            // First what is gone: a name that is free may be taken by another object.
            foreach (var (_, old) in before.Where(pair => !after.ContainsKey(pair.Key)))
            {
                Tell(old, null);
            }

            foreach (var (key, item) in after)
            {
                var old = before.GetValueOrDefault(key);
                if (!IsSame(old, item))
                {
                    Tell(old, item);
                }
            }
        }
    }

    private void Tell(T? old, T? item)
    {
        foreach (var subscription in _subscriptions.ToArray())
        {
            subscription.OnChange(old, item);
        }
    }

    private void End(Subscription subscription)
    {
        lock (_changes)
        {
            _subscriptions.Remove(subscription);
        }
    }

    private static bool IsSame(T? old, T item) =>
        old is not null && old.Metadata.ResourceVersion == item.Metadata.ResourceVersion && old.Metadata.Uid == item.Metadata.Uid;

    private static double Jitter() => System.Security.Cryptography.RandomNumberGenerator.GetInt32(100) / 1000.0;

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * clock.TimestampFrequency);

    private readonly record struct ObjectKey(string? Namespace, string Name)
    {
        public static ObjectKey Of(T item) => new(item.Metadata.Namespace, item.Metadata.Name!);
    }

    private sealed class Subscription(Informer<T> informer, Action<T?, T?> onChange) : IDisposable
    {
        public Action<T?, T?> OnChange => onChange;

        public void Dispose() => informer.End(this);
    }

    private sealed class Snapshot(ImmutableDictionary<ObjectKey, T> items) : IReadOnlyCollection<T>
    {
        public int Count => items.Count;

        public IEnumerator<T> GetEnumerator() => items.Values.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
