namespace MeshCA.Storage.Writing;

/// <summary>What waits to be written; bounded, many producers, one consumer that takes all there is.</summary>
/// <remarks>A lock and not a channel: the consumer is a thread of its own that may block, and takes whole batches.</remarks>
internal sealed class WriteQueue(int bound)
{
    private readonly object _gate = new();
    private readonly Queue<StoreWrite> _waiting = new();
    private bool _isClosed;

    // How many writes wake the consumer: one, or what it hopes for while it gathers.
    private int _wanted = 1;

    /// <summary>Adds a write.</summary>
    /// <param name="write">The write.</param>
    /// <param name="share">The share of the bound it may fill; events nobody waits for leave room for certificates.</param>
    /// <returns>Whether it was taken.</returns>
    public EnqueueOutcome TryAdd(StoreWrite write, int share = 1)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return EnqueueOutcome.Closed;
            }

            if (_waiting.Count >= bound / share)
            {
                return EnqueueOutcome.Full;
            }

            _waiting.Enqueue(write);
            if (_waiting.Count >= _wanted)
            {
                Monitor.Pulse(_gate);
            }

            return EnqueueOutcome.Added;
        }
    }

    /// <summary>Takes no more writes, after a last one.</summary>
    /// <returns>Whether this call closed it.</returns>
    public bool Close(StoreWrite last)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            _isClosed = true;
            _waiting.Enqueue(last);
            Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Waits for writes and takes what may share a transaction.</summary>
    /// <param name="batch">Filled; empty before.</param>
    /// <param name="max">Most to take.</param>
    /// <param name="hoped">How many to wait for, if fewer are there.</param>
    /// <param name="patience">How long to wait for them.</param>
    /// <returns>Whether there was anything; false once the queue is closed and empty.</returns>
    public bool Take(List<StoreWrite> batch, int max, int hoped, TimeSpan patience)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_isClosed)
                {
                    return false;
                }

                Monitor.Wait(_gate);
            }

            if (_waiting.Count < hoped && !_isClosed && patience > TimeSpan.Zero)
            {
                _wanted = hoped;
                Monitor.Wait(_gate, patience);
                _wanted = 1;
            }

            do
            {
                batch.Add(_waiting.Dequeue());
            }
            while (batch.Count < max && !batch[^1].IsAlone && _waiting.TryPeek(out var next) && !next.IsAlone);

            return true;
        }
    }
}

/// <summary>What became of a write that was to be queued.</summary>
internal enum EnqueueOutcome
{
    /// <summary>It is queued.</summary>
    Added,

    /// <summary>The queue is full.</summary>
    Full,

    /// <summary>The store is closed.</summary>
    Closed,
}
