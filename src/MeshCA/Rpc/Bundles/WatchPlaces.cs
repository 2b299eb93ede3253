using System.Threading.RateLimiting;

namespace MeshCA.Rpc.Bundles;

/// <summary>Bounds how many streams of the trust bundle are open.</summary>
/// <param name="most">Most at once.</param>
internal sealed class WatchPlaces(int most) : IDisposable
{
    private readonly ConcurrencyLimiter _open = new(new ConcurrencyLimiterOptions { PermitLimit = most, QueueLimit = 0 });

    /// <summary>Takes a place; it is free again when the lease is disposed of.</summary>
    public RateLimitLease Enter() => _open.AttemptAcquire();

    /// <inheritdoc />
    public void Dispose() => _open.Dispose();
}
