namespace MeshCA.DecisionLog;

/// <summary>What waits for the collector: a bounded number of records of a bounded size. For several threads.</summary>
/// <param name="bounds">How much may wait.</param>
internal sealed class ExportBacklog(QueueBounds bounds)
{
    private readonly Lock _lock = new();

    // In the order in which they leave.
    private readonly Queue<long> _sizes = [];
    private long _bytes;

    /// <summary>Takes a place, if there is one.</summary>
    /// <param name="size">The record's size in bytes.</param>
    public bool TryEnter(long size)
    {
        lock (_lock)
        {
            if (_sizes.Count >= bounds.Records || _bytes + size > bounds.Bytes)
            {
                return false;
            }

            _sizes.Enqueue(size);
            _bytes += size;
            return true;
        }
    }

    /// <summary>Gives the places of the oldest records back.</summary>
    /// <param name="count">How many.</param>
    public void Leave(long count)
    {
        lock (_lock)
        {
            while (count-- > 0 && _sizes.TryDequeue(out var size))
            {
                _bytes -= size;
            }
        }
    }

    /// <summary>Gives all places back.</summary>
    /// <returns>How many were taken.</returns>
    public int Clear()
    {
        lock (_lock)
        {
            var left = _sizes.Count;
            _sizes.Clear();
            _bytes = 0;
            return left;
        }
    }
}
