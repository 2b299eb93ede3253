using System.Threading.Channels;

namespace MeshCA.TrustDistribution;

/// <summary>Work by key: each key is worked on by one worker at a time, and once more where it was added meanwhile.</summary>
/// <remarks>Bounded by the number of keys: however often one is added it waits once.</remarks>
internal sealed class KeyedQueue(TimeProvider clock) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Channel<string> _ready = Channel.CreateUnbounded<string>();
    private bool _isDisposed;

    /// <summary>Keys that wait or are worked on.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Has a key worked on; a pause that it is in goes on.</summary>
    public void Add(string key)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var entry))
            {
                entry.IsDirty = true; // paused ones come back by themselves
                return;
            }

            _entries[key] = new Entry { Failures = 0 };
            _ready.Writer.TryWrite(key);
        }
    }

    /// <summary>Works until the end, or until work on one key throws: that ends all of it, since one key would be left for ever and nobody would know.</summary>
    /// <param name="workers">How many keys at once.</param>
    /// <param name="work">Works on one key. Gets how often it asked for a pause without success; returns the pause it asks for, or null when done.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(int workers, Func<string, int, CancellationToken, Task<TimeSpan?>> work, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => RunOneAsync(work, ended)));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            foreach (var entry in _entries.Values)
            {
                entry.Timer?.Dispose();
            }
        }
    }

    private async Task RunOneAsync(Func<string, int, CancellationToken, Task<TimeSpan?>> work, CancellationTokenSource ended)
    {
        try
        {
            await foreach (var key in _ready.Reader.ReadAllAsync(ended.Token))
            {
                int failures;
                lock (_lock)
                {
                    var entry = _entries[key];
                    (entry.IsDirty, failures) = (false, entry.Failures);
                }

                Finish(key, await work(key, failures, ended.Token));
            }
        }
        catch
        {
            await ended.CancelAsync();
            throw;
        }
    }

    private void Finish(string key, TimeSpan? pause)
    {
        lock (_lock)
        {
            var entry = _entries[key];
            switch (pause)
            {
                case { } length when !_isDisposed:
                    entry.Failures = Math.Min(entry.Failures + 1, 30);
                    entry.Timer?.Dispose();
                    entry.Timer = clock.CreateTimer(static state => ((Wake)state!).Run(), new Wake(this, key), length, Timeout.InfiniteTimeSpan);
                    break;
                case null when entry.IsDirty:
                    entry.Failures = 0;
                    _ready.Writer.TryWrite(key);
                    break;
                default:
                    entry.Timer?.Dispose();
                    _entries.Remove(key);
                    break;
            }
        }
    }

    /// <summary>What happens to a key.</summary>
    private sealed class Entry
    {
        public int Failures { get; set; }

        public bool IsDirty { get; set; }

        public ITimer? Timer { get; set; }
    }

    /// <summary>The end of a key's pause.</summary>
    private sealed class Wake(KeyedQueue queue, string key)
    {
        public void Run() => queue._ready.Writer.TryWrite(key);
    }
}
