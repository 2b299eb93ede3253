using System.Threading.RateLimiting;
using MeshCA.Auditing;

namespace MeshCA.Rpc;

/// <summary>Puts refusals into the audit, a bounded number a second: strangers must not be able to fill the disk.</summary>
internal sealed class RefusalAudit(IAuditLog audit, TimeProvider clock) : IDisposable
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

    /// <summary>Records a refusal; those left out since the last one recorded are counted in it.</summary>
    /// <param name="action">What was refused: <c>csr.refused</c>, <c>csr.clamped</c>.</param>
    /// <param name="actor">The authenticated identity; empty where there is none.</param>
    /// <param name="detail">The rule, and the peer.</param>
    public void Record(string action, string actor, string detail)
    {
        using var lease = _limiter.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            Interlocked.Increment(ref _leftOut);
            return;
        }

        var leftOut = Interlocked.Exchange(ref _leftOut, 0);
        audit.Post(new AuditEvent
        {
            Time = clock.GetUtcNow(),
            Action = action,
            Actor = actor.Length > 0 ? actor : "unauthenticated",
            Target = actor,
            Outcome = action.EndsWith(".refused", StringComparison.Ordinal) ? "refused" : "ok",
            Detail = leftOut > 0 ? $"{detail}; {leftOut} more were left out" : detail,
        });
    }

    /// <inheritdoc />
    public void Dispose() => _limiter.Dispose();
}
