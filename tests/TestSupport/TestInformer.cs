using System.Diagnostics.CodeAnalysis;
using KubernetesClient;

namespace TestSupport;

/// <summary>A copy that changes when the test says so.</summary>
internal sealed class TestInformer<T> : IInformer<T>
    where T : class, IKubernetesResource<T>
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string? Namespace, string Name), T> _items = [];
    private readonly List<Action<T?, T?>> _subscribers = [];

    public bool HasSynced { get; set; } = true;

    public DateTimeOffset? LastContact => null;

    public IReadOnlyCollection<T> Items
    {
        get
        {
            lock (_lock)
            {
                return [.. _items.Values];
            }
        }
    }

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public bool TryGet(string name, string? ns, [NotNullWhen(true)] out T? found)
    {
        lock (_lock)
        {
            return _items.TryGetValue((ns, name), out found);
        }
    }

    public IDisposable Subscribe(Action<T?, T?> onChange)
    {
        lock (_lock)
        {
            foreach (var item in _items.Values)
            {
                onChange(null, item);
            }

            _subscribers.Add(onChange);
        }

        return new Subscription();
    }

    public void Put(T item)
    {
        lock (_lock)
        {
            var key = (item.Metadata.Namespace, item.Metadata.Name!);
            var before = _items.GetValueOrDefault(key);
            _items[key] = item;
            _subscribers.ForEach(subscriber => subscriber(before, item));
        }
    }

    public void Remove(string name, string? ns)
    {
        lock (_lock)
        {
            if (_items.Remove((ns, name), out var before))
            {
                _subscribers.ForEach(subscriber => subscriber(before, null));
            }
        }
    }

    private sealed class Subscription : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
