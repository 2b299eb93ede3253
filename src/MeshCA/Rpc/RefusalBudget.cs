using System.Threading.RateLimiting;

namespace MeshCA.Rpc;

/// <summary>How many refusals a second are worth a record of their own: what callers do must not be able to fill the disk.</summary>
internal sealed class RefusalBudget : IDisposable
{
    private const int Burst = 100;
    private const int PerSecond = 10;

    private readonly TokenBucketRateLimiter _limiter = new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = Burst,
        TokensPerPeriod = PerSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    });

    private long _leftOut;

    /// <summary>Takes one.</summary>
    /// <param name="leftOut">How many were left out: since the last one that was not, or with this one.</param>
    /// <returns>Whether it is within the bound.</returns>
    public bool TryTake(out long leftOut)
    {
        using var lease = _limiter.AttemptAcquire();
        leftOut = lease.IsAcquired ? Interlocked.Exchange(ref _leftOut, 0) : Interlocked.Increment(ref _leftOut);
        return lease.IsAcquired;
    }

    /// <inheritdoc />
    public void Dispose() => _limiter.Dispose();
}
