using System.Runtime.CompilerServices;
using SpiffeIdentity.WorkloadApi.Messages;
using SpiffeIdentity.WorkloadApi.Rpc.Core;

namespace SpiffeIdentity.WorkloadApi.Connections;

/// <summary>One stream of the Workload API, followed for ever.</summary>
/// <typeparam name="TRequest">What starts the stream.</typeparam>
/// <typeparam name="TResponse">Its messages.</typeparam>
/// <typeparam name="T">What a message says, once it is parsed and verified.</typeparam>
internal sealed class Watch<TRequest, TResponse, T>
    where TRequest : class
    where TResponse : class
    where T : class
{
    // A server that sends nothing but nonsense is left for a while, not listened to at full speed.
    private const int MaxRefusedInARow = 8;
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(24);

    public required WorkloadChannel Channel { get; init; }

    public required WorkloadApiOptions Options { get; init; }

    public required Method<TRequest, TResponse> Method { get; init; }

    public required TRequest Request { get; init; }

    /// <summary>Judges a message at a moment.</summary>
    public required Func<TResponse, DateTimeOffset, MessageOutcome<T>> Read { get; init; }

    /// <summary>When a stream that stayed silent since is suspect; null for never.</summary>
    public Func<T, DateTimeOffset?> SuspectAt { get; init; } = _ => null;

    /// <summary>Follows the stream until it is cancelled, or until the server refuses the request itself.</summary>
    public async IAsyncEnumerable<WatchEvent<T>> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var backoff = new Backoff(Options.FirstRetryDelay, Options.MaxRetryDelay);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            WorkloadApiFailure? ended = null;
            using (var call = Channel.Start(Method, Request, cancellationToken))
            {
                var patience = Options.CallTimeout;
                var refusedInARow = 0;
                while (ended is null)
                {
                    var (message, failure) = await NextAsync(call.ResponseStream, patience, cancellationToken);
                    if (message is null)
                    {
                        ended = failure;
                        break;
                    }

                    switch (Judge(message))
                    {
                        case MessageOutcome<T>.Accepted(var state):
                            backoff.Reset();
                            refusedInARow = 0;
                            patience = PatienceWith(state);
                            yield return new WatchEvent<T>.Received(state);
                            break;
                        case MessageOutcome<T>.Refused(var rule) when ++refusedInARow < MaxRefusedInARow:
                            yield return new WatchEvent<T>.Failed(Malformed(rule), TimeSpan.Zero);
                            break;
                        case MessageOutcome<T>.Refused(var rule):
                            ended = Malformed(rule);
                            break;
                        default:
                            throw new System.Diagnostics.UnreachableException();
                    }
                }
            }

            if (!ended!.MayPass)
            {
                yield return new WatchEvent<T>.Failed(ended, RetryAfter: null);
                yield break;
            }

            var delay = backoff.Next();
            yield return new WatchEvent<T>.Failed(ended, delay);
            await Task.Delay(delay, Options.Clock, cancellationToken);
        }
    }

    /// <summary>Takes one accepted message and no more.</summary>
    /// <exception cref="WorkloadApiException">The call failed, or its first message was refused.</exception>
    public async Task<T> FirstAsync(CancellationToken cancellationToken)
    {
        using var call = Channel.Start(Method, Request, cancellationToken);
        var (message, failure) = await NextAsync(call.ResponseStream, Options.CallTimeout, cancellationToken);
        return message is null
            ? throw new WorkloadApiException(failure!)
            : Judge(message) switch
            {
                MessageOutcome<T>.Accepted(var state) => state,
                MessageOutcome<T>.Refused(var rule) => throw new WorkloadApiException(Malformed(rule)),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
    }

    private MessageOutcome<T> Judge(TResponse message)
    {
        try
        {
            return Read(message, Options.Clock.GetUtcNow());
        }
#pragma warning disable CA1031 // Whatever the platform throws at untrusted bytes: one message must not end the watch for good.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new MessageOutcome<T>.Refused($"it could not be read: {e.GetType().Name}");
        }
    }

    private static WorkloadApiFailure Malformed(string rule) => WorkloadApiFailure.From(WorkloadApiFailureReason.MalformedMessage, rule);

    private async Task<(TResponse? Message, WorkloadApiFailure? Failure)> NextAsync(
        IAsyncStreamReader<TResponse> stream, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(patience, Options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await stream.MoveNext(either.Token)
                ? (stream.Current, null)
                : (null, CallFailures.Of(Status.DefaultSuccess, timedOut: false));
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return (null, CallFailures.Of(e.Status, timeout.IsCancellationRequested));
        }
    }

    // A connection may look alive while nobody serves it. Not sooner than the longest wait: the server may have nothing newer.
    private TimeSpan PatienceWith(T state)
    {
        if (SuspectAt(state) is not { } suspect)
        {
            return Timeout.InfiniteTimeSpan;
        }

        var left = suspect - Options.Clock.GetUtcNow();
        return left < Options.MaxRetryDelay ? Options.MaxRetryDelay : left < LongestTimer ? left : LongestTimer;
    }
}
