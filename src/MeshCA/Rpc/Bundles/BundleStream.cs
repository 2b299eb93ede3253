using Grpc.Core;
using MeshCA.Consumers;
using MeshCA.Wire.Identity;
using SpiffeIdentity;

namespace MeshCA.Rpc.Bundles;

/// <summary>One open stream: sends the newest bundle, and states beside it, takes acknowledgements, and ends when its caller's proof does.</summary>
/// <remarks>
/// Three loops side by side, of which the first to end ends the stream. Nothing is queued for a client: while one write has not
/// gone out, bundles come and go, and the next write takes the newest.
/// </remarks>
/// <param name="requests">What the client says.</param>
/// <param name="responses">What it is told.</param>
/// <param name="trustDomain">The client's trust domain, under whose name it is told the roots.</param>
/// <param name="bundles">The trust bundle.</param>
/// <param name="states">What the client asked for beside it: bans and lists, bundles of other trust domains.</param>
/// <param name="session">The client as a consumer.</param>
/// <param name="times">How long to wait for what.</param>
/// <param name="clock">The clock.</param>
internal sealed class BundleStream(
    IAsyncStreamReader<WatchRequest> requests,
    IAsyncStreamWriter<WatchResponse> responses,
    TrustDomain trustDomain,
    PublishedBundles bundles,
    IReadOnlyList<IStatePushes> states,
    ConsumerSession session,
    WatchTimes times,
    TimeProvider clock)
{
    /// <summary>The other trust domains that the client is told to use the roots for; mostly none.</summary>
    public IReadOnlyList<TrustDomain> Shared { get; init; } = [];

    private readonly HashSet<ulong> _sent = [];
    private long _firstRevision = long.MaxValue;
    private long _lastRevision = -1;
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
        var pushed = new IPushedState?[states.Count];
        while (true)
        {
            switch (await NextAsync(sent, pushed, cancellationToken))
            {
                case ({ } bundle, _):
                    // Before it goes out: its acknowledgement may be faster than the end of the write.
                    Note(bundle.Snapshot.BundleSequence);
                    await responses.WriteAsync(BundleMessages.Of(bundle, trustDomain, Shared), cancellationToken);
                    sent = bundle;
                    break;
                case (null, { } changed):
                    Note(changed.State);
                    foreach (var part in changed.State.Messages)
                    {
                        await responses.WriteAsync(part, cancellationToken);
                    }

                    pushed[changed.Index] = changed.State;
                    break;
                default:
                    await responses.WriteAsync(BundleMessages.Heartbeat, cancellationToken);
                    break;
            }
        }
    }

    // What is to be sent next; nothing where it is time for a heartbeat. Of several, the others come again at the next call.
    private async Task<(PublishedBundle? Bundle, ChangedState? State)> NextAsync(
        PublishedBundle? sent, IPushedState?[] pushed, CancellationToken cancellationToken)
    {
        using var quiet = new CancellationTokenSource(times.Heartbeat, clock);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, quiet.Token);
        var bundle = bundles.WaitForOtherAsync(sent, waiting.Token).AsTask();
        Task<IPushedState>[] others = [.. states.Select((state, index) => state.WaitForOtherAsync(pushed[index], waiting.Token))];
        await Task.WhenAny([bundle, .. others]);
        await waiting.CancelAsync();
        var newest = await IfCameAsync(bundle);
        ChangedState? changed = null;
        for (var index = 0; index < others.Length; index++)
        {
            changed = await IfCameAsync(others[index]) is { } state && changed is null ? new(index, state) : changed;
        }

        cancellationToken.ThrowIfCancellationRequested();
        return (newest, changed);
    }

    private static async Task<T?> IfCameAsync<T>(Task<T> waiting)
        where T : class
    {
        try
        {
            return await waiting;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task<Status> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (await requests.MoveNext(cancellationToken))
        {
            if (Take(requests.Current) is { } refusal)
            {
                return GrpcStatus.Of(refusal);
            }
        }

        return Status.DefaultSuccess; // the client has no more to say, and so is no consumer any longer
    }

    private WatchRefusal? Take(WatchRequest request)
    {
        switch (request.MessageCase)
        {
            case WatchRequest.MessageOneofCase.Acknowledge when WasSent(request.Acknowledge.Sequence):
                session.Acknowledge((long)request.Acknowledge.Sequence);
                return null;
            case WatchRequest.MessageOneofCase.Behind when WasSent(request.Behind.Sequence):
                if (!BehindMessages.TryRead(request.Behind, out var behind))
                {
                    return WatchRefusal.BehindMalformed;
                }

                session.FallBehind(behind);
                return null;
            case WatchRequest.MessageOneofCase.AcknowledgeRevocations when WasSent(request.AcknowledgeRevocations):
                session.Enforce(request.AcknowledgeRevocations.Revision);
                return null;
            case WatchRequest.MessageOneofCase.Acknowledge or WatchRequest.MessageOneofCase.Behind or WatchRequest.MessageOneofCase.AcknowledgeRevocations:
                return WatchRefusal.NeverSent;
            default:
                return WatchRefusal.NoAcknowledgement;
        }
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

    private void Note(IPushedState state)
    {
        if (state.RevocationRevision is { } revision)
        {
            lock (_lock)
            {
                // They go out in their order, and a stream may live through very many.
                (_firstRevision, _lastRevision) = (Math.Min(_firstRevision, revision), Math.Max(_lastRevision, revision));
            }
        }
    }

    private bool WasSent(AcknowledgeRevocations acknowledged)
    {
        lock (_lock)
        {
            return acknowledged.Revision >= _firstRevision && acknowledged.Revision <= _lastRevision;
        }
    }

    private bool WasSent(ulong sequence)
    {
        lock (_lock)
        {
            return _sent.Contains(sequence);
        }
    }

    private sealed record ChangedState(int Index, IPushedState State);
}

/// <summary>A state beside the bundle that streams send whole, in parts.</summary>
internal interface IPushedState
{
    /// <summary>The parts, in their order; never changed.</summary>
    IReadOnlyList<WatchResponse> Messages { get; }

    /// <summary>Of bans and revocations: the revision by which it is acknowledged; null: it is none of them.</summary>
    long? RevocationRevision { get; }
}

/// <summary>Where such a state is found, and the wait for the next.</summary>
internal interface IStatePushes
{
    /// <summary>Waits for another state than the one that is known.</summary>
    /// <param name="known">What the caller has, from here; null for the first.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The newest, whatever came in between.</returns>
    Task<IPushedState> WaitForOtherAsync(IPushedState? known, CancellationToken cancellationToken);
}
