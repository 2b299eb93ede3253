using System.Security.Cryptography;
using MeshCA.Wire.Workload;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.WorkloadApi.Rpc.Core;

namespace SpiffeIdentity.WorkloadApi.Connections;

/// <summary>Tells an agent that asks which bundle a source verifies by. Nothing of the source depends on it: every failure is silent.</summary>
internal sealed class BundleTeller : IAsyncDisposable
{
    // Most agents do not ask, and one that does may take the place of one that does not.
    private static readonly TimeSpan UnimplementedPause = TimeSpan.FromMinutes(10);
    private const int JitterSteps = 1000;
    private const int MaxFaultLength = 512;

    private readonly WorkloadChannel _channel;
    private readonly WorkloadApiOptions _options;
    private readonly Func<TrustDomain, BundleUse> _inUse;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private TaskCompletionSource _changed = NewSource();
    private Task _telling = Task.CompletedTask;

    /// <summary>Takes its parts; nothing happens before <see cref="Start"/>.</summary>
    /// <param name="channel">To the agent.</param>
    /// <param name="options">Waits, clock and logs.</param>
    /// <param name="inUse">What is in use for a trust domain.</param>
    public BundleTeller(WorkloadChannel channel, WorkloadApiOptions options, Func<TrustDomain, BundleUse> inUse)
    {
        (_channel, _options, _inUse) = (channel, options, inUse);
        _logger = options.LoggerFactory.CreateLogger("SpiffeIdentity.WorkloadApi");
    }

    /// <summary>Begins; call once, when there is something in use: before that nothing can be out of date.</summary>
    public void Start() => _telling = Task.Run(RunAsync);

    /// <summary>What is in use may be another by now.</summary>
    public void Look() => Volatile.Read(ref _changed).TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _telling;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var backoff = new Backoff(_options.FirstRetryDelay, _options.MaxRetryDelay);
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                var end = await FollowAsync(backoff);
                var delay = end.StatusCode == StatusCode.Unimplemented ? Spread(UnimplementedPause) : backoff.Next();
                ClientLog.BundleNotTold(_logger, CallFailures.Of(end, timedOut: false).ToString(), delay);
                await Task.Delay(delay, _options.Clock, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
    }

    private async Task<Status> FollowAsync(Backoff backoff)
    {
        try
        {
            using var call = _channel.StartBoth(WorkloadMethods.FollowBundles, _stop.Token);
            await TellAsync(call, backoff);
            return Status.DefaultSuccess;
        }
        catch (RpcException e)
        {
            _stop.Token.ThrowIfCancellationRequested();
            return e.Status;
        }
#pragma warning disable CA1031 // The outermost loop: whatever it is, the source goes on, and the agent is told later.
        catch (Exception e) when (e is not OperationCanceledException || !_stop.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return new Status(StatusCode.Unknown, e.Message);
        }
    }

    private async Task TellAsync(AsyncDuplexStreamingCall<BundleInUse, AwaitedBundle> call, Backoff backoff)
    {
        // An agent that has the service answers what is said at once; any other ends the call.
        var next = call.ResponseStream.MoveNext(_stop.Token);
        await WriteAsync(call, new BundleInUse(), next);
        TrustDomain? awaited = null;
        BundleUse? told = null;
        while (true)
        {
            // Taken before the look: a change afterwards ends the wait.
            var changed = TakeChange();
            if (awaited is not null && _inUse(awaited) is { Digest: not null } use && use != told)
            {
                await WriteAsync(call, MessageOf(use), next);
                told = use;
            }

            await Task.WhenAny(next, changed);
            if (next.IsCompleted)
            {
                if (!await next)
                {
                    return;
                }

                // A fault speaks of what is awaited: each of them is answered, whatever was said before.
                backoff.Reset();
                told = null;
                awaited = TrustDomain.TryParse(call.ResponseStream.Current.TrustDomain, out var trustDomain, out _) ? trustDomain : null;
                next = call.ResponseStream.MoveNext(_stop.Token);
            }
        }
    }

    // A write that comes too late says only that; why the server takes no more, such as that it has no such service, the response says.
    private async Task WriteAsync(AsyncDuplexStreamingCall<BundleInUse, AwaitedBundle> call, BundleInUse message, Task<bool> next)
    {
        try
        {
            await call.RequestStream.WriteAsync(message, _stop.Token);
        }
        catch (RpcException)
        {
            await next;
            throw;
        }
    }

    private Task TakeChange()
    {
        if (Volatile.Read(ref _changed).Task.IsCompleted)
        {
            Interlocked.Exchange(ref _changed, NewSource()); // with a barrier: the look that follows sees what was told to the former one
        }

        return _changed.Task;
    }

    private static BundleInUse MessageOf(BundleUse use) => new()
    {
        X509Digest = use.Digest is { } digest ? Google.Protobuf.ByteString.CopyFrom(digest.Value.Span) : Google.Protobuf.ByteString.Empty,
        Fault = use.Fault.Length > MaxFaultLength ? use.Fault[..MaxFaultLength] : use.Fault,
    };

    private static TimeSpan Spread(TimeSpan longest) => longest * (0.5 + (RandomNumberGenerator.GetInt32(JitterSteps) / (2.0 * JitterSteps)));

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
