namespace MeshCA.Rpc;

/// <summary>How many streaming calls are open, on one connection or on all.</summary>
internal sealed class OpenStreams
{
    private int _count;

    /// <summary>Counts one more, unless there are as many as there may be.</summary>
    public bool TryEnter(int most)
    {
        if (Interlocked.Increment(ref _count) <= most)
        {
            return true;
        }

        Leave();
        return false;
    }

    /// <summary>Counts one less.</summary>
    public void Leave() => Interlocked.Decrement(ref _count);
}
