using Grpc.Core;
using MeshCA.Consumers;
using MeshCA.Wire.Identity;

namespace MeshCA.Rpc.Bundles;

/// <summary>One open stream: sends the newest bundle, takes acknowledgements, and ends when its caller's proof does.</summary>
/// <remarks>
/// Three loops side by side, of which the first to end ends the stream. Nothing is queued for a client: while one write has not
/// gone out, bundles come and go, and the next write takes the newest.
/// </remarks>
internal sealed class BundleStream(
    IAsyncStreamReader<WatchRequest> requests,
    IAsyncStreamWriter<WatchResponse> responses,
    PublishedBundles bundles,
    ConsumerSession session,
    WatchTimes times,
    TimeProvider clock)
{
    private readonly HashSet<ulong> _sent = [];
    private readonly Lock _lock = new();

    /// <summary>Runs until the stream ends.</summary>
    /// <param name="isStillProved">Judges the caller's token or certificate again.</param>
    /// <param name="cancellationToken">The call was given up, or the service stops.</param>
    /// <returns>How it ended.</returns>
    public async Task<Status> RunAsync(Func<CancellationToken, ValueTask<bool>> isStillProved, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, session.Replaced);
        Task<Status>[] loops = [SendAsync(ending.Token), ReceiveAsync(ending.Token), JudgeAsync(isStillProved, ending.Token)];
        var first = await Task.WhenAny(loops);
        await ending.CancelAsync();

        // All of them, whatever they meet now: what they write and read is the call's, and ends with it.
        await Task.WhenAll(loops.Select(loop => loop.ContinueWith(
            static ended => _ = ended.Exception, default, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)));
        cancellationToken.ThrowIfCancellationRequested();
        return session.Replaced.IsCancellationRequested ? GrpcStatus.Of(WatchRefusal.Replaced) : await first;
    }

    private async Task<Status> SendAsync(CancellationToken cancellationToken)
    {
        PublishedBundle? sent = null;
        while (true)
        {
            var next = await NextAsync(sent, cancellationToken);
            if (next is null)
            {
                await responses.WriteAsync(BundleMessages.Heartbeat, cancellationToken);
                continue;
            }

            // Before it goes out: its acknowledgement may be faster than the end of the write.
            Note(next.Snapshot.BundleSequence);
            await responses.WriteAsync(BundleMessages.Of(next), cancellationToken);
            sent = next;
        }
    }

    // The next bundle; null where it is time for a heartbeat.
    private async ValueTask<PublishedBundle?> NextAsync(PublishedBundle? sent, CancellationToken cancellationToken)
    {
        using var quiet = new CancellationTokenSource(times.Heartbeat, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, quiet.Token);
        try
        {
            return await bundles.WaitForOtherAsync(sent, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<Status> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (await requests.MoveNext(cancellationToken))
        {
            if (requests.Current.Acknowledge is not { } acknowledged)
            {
                return GrpcStatus.Of(WatchRefusal.NoAcknowledgement);
            }

            if (!WasSent(acknowledged.Sequence))
            {
                return GrpcStatus.Of(WatchRefusal.NeverSent);
            }

            session.Acknowledge((long)acknowledged.Sequence);
        }

        return Status.DefaultSuccess; // the client has no more to say, and so is no consumer any longer
    }

    private async Task<Status> JudgeAsync(Func<CancellationToken, ValueTask<bool>> isStillProved, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(times.Authentication, clock);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (!await isStillProved(cancellationToken))
            {
                break;
            }
        }

        return GrpcStatus.Unauthenticated;
    }

    private void Note(ulong sequence)
    {
        lock (_lock)
        {
            _sent.Add(sequence);
        }
    }

    private bool WasSent(ulong sequence)
    {
        lock (_lock)
        {
            return _sent.Contains(sequence);
        }
    }
}
