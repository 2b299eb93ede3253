namespace MeshCA.Consumers;

/// <summary>Looks how far one state of the bans and revocations gets: the registry tells it of each consumer, once at first and then with each change.</summary>
/// <remarks>What changes it is called with the registry's lock held, so that nothing is told twice or in another order.</remarks>
internal sealed class ReachWait : IDisposable
{
    private readonly Lock _lock = new();
    private readonly ConsumerRegistry _registry;
    private readonly HashSet<ConsumerId> _awaited = [];
    private readonly Dictionary<ConsumerId, long> _reached = [];
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Made by the registry.</summary>
    internal ReachWait(ConsumerRegistry registry, long revision, Func<string, bool> isPassed) =>
        (_registry, Revision, IsPassed) = (registry, revision, isPassed);

    /// <summary>The state's revision.</summary>
    public long Revision { get; }

    /// <summary>Whose consumers are not waited for, by SPIFFE ID.</summary>
    public Func<string, bool> IsPassed { get; }

    /// <summary>Completes when nobody is waited for: all that acknowledge and are connected have it.</summary>
    public Task Settled => _settled.Task;

    /// <summary>How far it has got.</summary>
    /// <param name="live">The consumers that are not gone, from the registry.</param>
    /// <param name="isBanned">Whether an identity is banned, by SPIFFE ID.</param>
    /// <param name="since">Where its time begins, as the clock's timestamp.</param>
    /// <param name="clock">Reckons the time.</param>
    public RevocationReach Read(IReadOnlyList<Consumer> live, Func<string, bool> isBanned, long since, TimeProvider clock)
    {
        long? last;
        lock (_lock)
        {
            last = _reached.Count > 0 ? _reached.Values.Max() : null;
        }

        return RevocationReach.Of(live, Revision, isBanned) with { LastAfter = last is { } timestamp ? clock.GetElapsedTime(since, timestamp) : null };
    }

    /// <inheritdoc />
    public void Dispose() => _registry.Leave(this);

    /// <summary>Takes how one consumer stands.</summary>
    /// <param name="id">Which.</param>
    /// <param name="isAwaited">Whether it has not got it, and may.</param>
    /// <param name="reachedAt">When it said that it has it in force, as the clock's timestamp; null: it has not, or said so long ago.</param>
    internal void Note(ConsumerId id, bool isAwaited, long? reachedAt)
    {
        _ = isAwaited ? _awaited.Add(id) : _awaited.Remove(id);
        if (reachedAt is { } timestamp)
        {
            lock (_lock)
            {
                // Later ones are of later states.
                _reached.TryAdd(id, timestamp);
            }
        }
    }

    /// <summary>Ends the wait where nobody is waited for.</summary>
    internal void Settle()
    {
        if (_awaited.Count == 0)
        {
            _settled.TrySetResult();
        }
    }
}
