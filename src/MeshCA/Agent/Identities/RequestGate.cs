namespace MeshCA.Agent.Identities;

/// <summary>Lets so many requests at once to the CA; of those that wait, whose SVID ends first goes first, and who has none before all.</summary>
/// <param name="places">How many at once.</param>
internal sealed class RequestGate(int places)
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<TaskCompletionSource, (DateTimeOffset End, long Order)> _waiting = new();
    private int _free = places;
    private long _order;

    /// <summary>Waits for a place.</summary>
    /// <param name="end">When the SVID that is held ends; null where none is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The place; disposed once the request is over.</returns>
    public async Task<IDisposable> EnterAsync(DateTimeOffset? end, CancellationToken cancellationToken)
    {
        TaskCompletionSource turn;
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                return new Place(this);
            }

            turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn, (end ?? DateTimeOffset.MinValue, _order++));
        }

        // Whoever gives up leaves his entry; leaving passes over it.
        await using (cancellationToken.Register(static state => ((TaskCompletionSource)state!).TrySetCanceled(), turn))
        {
            await turn.Task;
        }

        return new Place(this);
    }

    private void Leave()
    {
        lock (_lock)
        {
            while (_waiting.TryDequeue(out var turn, out _))
            {
                if (turn.TrySetResult())
                {
                    return;
                }
            }

            _free++;
        }
    }

    private sealed class Place(RequestGate gate) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                gate.Leave();
            }
        }
    }
}
