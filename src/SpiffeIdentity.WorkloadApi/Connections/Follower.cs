using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace SpiffeIdentity.WorkloadApi.Connections;

/// <summary>Keeps the newest state of one stream.</summary>
/// <typeparam name="T">The state; immutable.</typeparam>
internal sealed class Follower<T> : IAsyncDisposable
    where T : class
{
    private readonly string _stream;
    private readonly ILogger _logger;
    private readonly WorkloadApiOptions _options;
    private readonly Action _happened;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _following;
    private CancellationTokenSource _changed = new();
    private volatile T? _current;
    private volatile WorkloadApiFailure? _lastFailure;

    /// <summary>Begins to follow.</summary>
    /// <param name="stream">The stream's name, for logs.</param>
    /// <param name="watch">Starts the watch.</param>
    /// <param name="options">How long the first state is waited for, clock and logs.</param>
    /// <param name="happened">Told after each event, once its state is the current one; must not wait or throw. Null: nobody is told.</param>
    public Follower(
        string stream, Func<CancellationToken, IAsyncEnumerable<WatchEvent<T>>> watch, WorkloadApiOptions options, Action? happened = null)
    {
        _happened = happened ?? (() => { });
        _stream = stream;
        _options = options;
        _logger = options.LoggerFactory.CreateLogger("SpiffeIdentity.WorkloadApi");
        _following = Task.Run(() => FollowAsync(watch(_stop.Token)));
    }

    /// <summary>The newest state; null before the first.</summary>
    public T? Current => _current;

    /// <summary>Why nothing newer comes; null while all is well.</summary>
    public WorkloadApiFailure? LastFailure => _lastFailure;

    /// <summary>A token that is signalled once, with the next state.</summary>
    public IChangeToken GetChangeToken() => new CancellationChangeToken(Volatile.Read(ref _changed).Token);

    /// <summary>Waits for the first state.</summary>
    /// <exception cref="WorkloadApiException">It did not come in time, or will not come.</exception>
    public async Task WaitForFirstAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _first.Task.WaitAsync(_options.FirstUpdateTimeout, _options.Clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            var last = _lastFailure ?? new WorkloadApiFailure(WorkloadApiFailureReason.TimedOut, "no answer yet");
            throw new WorkloadApiException(
                last, $"no {_stream} from the Workload API within {_options.FirstUpdateTimeout}; last: {last}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        _stop.Dispose();
    }

    private async Task FollowAsync(IAsyncEnumerable<WatchEvent<T>> watch)
    {
        try
        {
            await foreach (var happened in watch)
            {
                Take(happened);
                _happened();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // The outermost loop: whoever waits must learn of a fault instead of waiting for ever.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ClientLog.WatchFaulted(_logger, _stream, e);
            _lastFailure = WorkloadApiFailure.From(WorkloadApiFailureReason.Other, e.Message);
            _first.TrySetException(e);
            _ = _first.Task.Exception; // nobody may wait any more
        }
    }

    private void Take(WatchEvent<T> happened)
    {
        switch (happened)
        {
            case WatchEvent<T>.Received(var state):
                _current = state;
                _lastFailure = null;
                ClientLog.Updated(_logger, _stream);
                _first.TrySetResult();
                Announce();
                break;
            case WatchEvent<T>.Failed(var failure, null):
                ClientLog.WatchEnded(_logger, _stream, failure);
                _lastFailure = failure;
                _first.TrySetException(new WorkloadApiException(failure));
                _ = _first.Task.Exception; // nobody may wait any more
                break;
            case WatchEvent<T>.Failed(var failure, { } delay):
                ClientLog.WatchFailed(_logger, _stream, failure, delay);
                _lastFailure = failure;
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    // The next token first: who is told may ask for it at once.
    private void Announce()
    {
        var told = Interlocked.Exchange(ref _changed, new CancellationTokenSource());
        try
        {
            told.Cancel();
        }
#pragma warning disable CA1031 // What users do with the news must not end the watch.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ClientLog.SubscriberFailed(_logger, _stream, e);
        }
    }
}
