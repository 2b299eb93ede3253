using System.Threading.Channels;

namespace KubernetesClient.Tests;

/// <summary>The changes that an informer tells, one after the other.</summary>
internal sealed class Watching<T> : IAsyncDisposable
    where T : class, IKubernetesResource<T>
{
    private readonly Channel<(T? Old, T? New)> _changes = Channel.CreateUnbounded<(T?, T?)>();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public Watching(IKubernetes api, InformerOptions? options = null, ListQuery? query = null, TimeProvider? clock = null)
    {
        options ??= new InformerOptions();
        Informer = new Informer<T>(
            api,
            query ?? ListQuery.All,
            options with
            {
                FirstDelay = TimeSpan.FromMilliseconds(1),
                MaxDelay = TimeSpan.FromMilliseconds(5),
                OnFailure = (failure, _) => Failures.Writer.TryWrite(failure),
            },
            clock ?? TimeProvider.System);
        Informer.Subscribe((old, now) => _changes.Writer.TryWrite((old, now)));
        _running = Informer.RunAsync(_stop.Token);
    }

    public Informer<T> Informer { get; }

    public Channel<ApiFailure> Failures { get; } = Channel.CreateUnbounded<ApiFailure>();

    /// <summary>Ends with a fault where keeping the copy does.</summary>
    public Task Running => _running;

    public bool HasChanges => _changes.Reader.TryPeek(out _);

    public async Task<(T? Old, T? New)> NextAsync(CancellationToken cancellationToken) => await _changes.Reader.ReadAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }
}
