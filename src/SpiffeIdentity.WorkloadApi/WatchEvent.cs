namespace SpiffeIdentity.WorkloadApi;

/// <summary>What happens on a watched stream.</summary>
/// <typeparam name="T">What the stream carries: always the whole state, never a change.</typeparam>
public abstract record WatchEvent<T>
    where T : class
{
    private WatchEvent()
    {
    }

    /// <summary>The newest state. What it lacks has been withdrawn.</summary>
    /// <param name="State">The state, verified.</param>
    public sealed record Received(T State) : WatchEvent<T>;

    /// <summary>The stream failed, or one of its messages was refused; the state received before stays the last good one.</summary>
    /// <param name="Failure">Why.</param>
    /// <param name="RetryAfter">When the next attempt is made: zero while the stream goes on; null if none is, and the watch ends.</param>
    public sealed record Failed(WorkloadApiFailure Failure, TimeSpan? RetryAfter) : WatchEvent<T>;
}
