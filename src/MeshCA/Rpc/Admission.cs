using System.Threading.RateLimiting;
using MeshCA.Configuration;
using SpiffeIdentity;

namespace MeshCA.Rpc;

/// <summary>Sheds load early: a bound on requests in work, and a token bucket for each identity. Nothing waits in a queue.</summary>
internal sealed class Admission : IDisposable
{
    private readonly ConcurrencyLimiter _inWork;
    private readonly PartitionedRateLimiter<SpiffeId> _identities;

    public Admission(LimitsOptions limits)
    {
        _inWork = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = limits.MaxConcurrentRequests,
            QueueLimit = 0,
        });
        var bucket = new TokenBucketRateLimiterOptions
        {
            TokenLimit = limits.IdentityBurst,
            TokensPerPeriod = limits.IdentityRatePerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        };

        // Only authenticated identities get a bucket, and an idle one is dropped: strangers cannot make it grow.
        _identities = PartitionedRateLimiter.Create<SpiffeId, SpiffeId>(
            id => RateLimitPartition.GetTokenBucketLimiter(id, _ => bucket));
    }

    /// <summary>Lets a request in; its place is free again when the lease is disposed.</summary>
    /// <returns>A lease that may not be acquired: then the request must be refused.</returns>
    public RateLimitLease Enter() => _inWork.AttemptAcquire();

    /// <summary>Takes one certificate off an identity's quota.</summary>
    public bool TryTake(SpiffeId identity)
    {
        using var lease = _identities.AttemptAcquire(identity);
        return lease.IsAcquired;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _inWork.Dispose();
        _identities.Dispose();
    }
}
