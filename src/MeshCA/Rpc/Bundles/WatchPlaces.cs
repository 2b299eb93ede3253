using System.Threading.RateLimiting;

namespace MeshCA.Rpc.Bundles;

/// <summary>Bounds how many streams of the trust bundle are open, and ends them with the service.</summary>
/// <param name="most">Most at once.</param>
/// <param name="stopping">Says that the service stops: a stream that went on would hold up the stop.</param>
internal sealed class WatchPlaces(int most, CancellationToken stopping) : IDisposable
{
    private readonly ConcurrencyLimiter _open = new(new ConcurrencyLimiterOptions { PermitLimit = most, QueueLimit = 0 });

    /// <summary>Says that the service stops.</summary>
    public CancellationToken Stopping { get; } = stopping;

    /// <summary>Takes a place; it is free again when the lease is disposed of.</summary>
    public RateLimitLease Enter() => _open.AttemptAcquire();

    /// <inheritdoc />
    public void Dispose() => _open.Dispose();
}
