using System.Threading.RateLimiting;
using MeshCA.Configuration;
using SpiffeIdentity;

namespace MeshCA.Rpc;

/// <summary>Sheds load early: a bound on requests in work, and a token bucket for each identity. Nothing waits in a queue.</summary>
/// <remarks>
/// Of the places in work the last ones are given by nearness to expiry: the less is left of a caller's certificate, the
/// deeper it may reach into them; of those under a compromised key the newest reaches deepest. So under load those are shed
/// first that can wait, and nobody holds memory while waiting.
/// </remarks>
internal sealed class Admission : IDisposable
{
    private readonly int _places;
    private readonly int _reserve;
    private int _inWork;
    private readonly PartitionedRateLimiter<SpiffeId> _identities;
    private readonly PartitionedRateLimiter<SpiffeId> _tokens;

    public Admission(LimitsOptions limits)
    {
        _places = limits.MaxConcurrentRequests;
        _reserve = (int)(limits.MaxConcurrentRequests * limits.ExpiryReserve);
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

        // Apart: who asks for tokens all the time must still get its next certificate.
        _tokens = PartitionedRateLimiter.Create<SpiffeId, SpiffeId>(
            id => RateLimitPartition.GetTokenBucketLimiter(id, _ => bucket));
    }

    /// <summary>Lets a request in; its place is free again when that is disposed.</summary>
    /// <param name="left">How long the caller can wait, from 0 (not at all) to 1: the share of its certificate's life that is left, or what goes before that; asked for only where it matters.</param>
    /// <returns>A place, or none: then the request must be refused.</returns>
    public Place Enter<TState>(Func<TState, double> left, TState state)
    {
        var taken = Interlocked.Increment(ref _inWork);
        if (taken <= _places - _reserve)
        {
            return new Place(this, ofReserve: false);
        }

        // Its place counts while it is asked, so that two of them cannot both see the last one free.
        if (taken <= _places && taken <= _places - (int)(_reserve * Math.Clamp(left(state), 0, 1)))
        {
            return new Place(this, ofReserve: true);
        }

        Interlocked.Decrement(ref _inWork);
        return default;
    }

    /// <summary>Whether an identity has some of its quota left.</summary>
    public bool HasQuota(SpiffeId identity) => _identities.GetStatistics(identity) is not { CurrentAvailablePermits: <= 0 };

    /// <summary>Takes one certificate off an identity's quota.</summary>
    public bool TryTake(SpiffeId identity)
    {
        using var lease = _identities.AttemptAcquire(identity);
        return lease.IsAcquired;
    }

    /// <summary>Takes one JWT-SVID off an identity's quota of those, which is as large.</summary>
    public bool TryTakeToken(SpiffeId identity)
    {
        using var lease = _tokens.AttemptAcquire(identity);
        return lease.IsAcquired;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _identities.Dispose();
        _tokens.Dispose();
    }

    /// <summary>A place in work. <c>default</c> is none.</summary>
    internal readonly struct Place(Admission? admission, bool ofReserve) : IDisposable
    {
        /// <summary>Whether there is one.</summary>
        public bool IsAcquired => admission is not null;

        /// <summary>Whether it is one of those kept for certificates near their end.</summary>
        public bool IsOfReserve => ofReserve;

        /// <inheritdoc />
        public void Dispose()
        {
            if (admission is not null)
            {
                Interlocked.Decrement(ref admission._inWork);
            }
        }
    }
}
