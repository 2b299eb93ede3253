using MeshCA.Agent.Identities;

namespace MeshCA.Agent.Trust;

/// <summary>Tells the CA which bundle is in use: the newest only, and not before every outlet has it.</summary>
/// <param name="applied">Knows what the outlets have.</param>
internal sealed class Acknowledgements(AppliedStates applied)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _more = NewSource();
    private (ulong Sequence, long Revision)? _newest;
    private ulong _acknowledged;

    /// <summary>The sequence that the CA was told last; 0: none.</summary>
    public ulong Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>A bundle is part of a state from now on.</summary>
    /// <param name="sequence">The bundle's.</param>
    /// <param name="revision">The first state that has it.</param>
    public void Add(ulong sequence, long revision)
    {
        lock (_lock)
        {
            _newest = (sequence, revision);
            _more.TrySetResult();
        }
    }

    /// <summary>Tells of them while a stream is open.</summary>
    /// <param name="tell">Sends an acknowledgement.</param>
    /// <param name="cancellationToken">Ends with the stream.</param>
    public async Task RunAsync(Func<ulong, CancellationToken, Task> tell, CancellationToken cancellationToken)
    {
        // Only what came on this stream may be acknowledged on it.
        lock (_lock)
        {
            _more = NewSource();
        }

        while (true)
        {
            Task more;
            lock (_lock)
            {
                more = _more.Task;
            }

            await more.WaitAsync(cancellationToken);
            (ulong Sequence, long Revision) next;
            lock (_lock)
            {
                _more = NewSource();
                next = _newest.GetValueOrDefault();
            }

            // A newer one that comes meanwhile is told right after: it has its own state to wait for.
            await applied.WhenAppliedAsync(next.Revision, cancellationToken);
            await tell(next.Sequence, cancellationToken);
            Volatile.Write(ref _acknowledged, next.Sequence);
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
