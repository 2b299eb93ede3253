using System.Diagnostics;
using System.Security.Cryptography;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Authentication.Keys;

/// <summary>Keeps one issuer's key ring fresh.</summary>
internal sealed class IssuerKeyReader(
    IssuerKeyRing ring, IKeySource source, TimeProvider clock, CertificateMetrics metrics, ILogger logger)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    private int _failures;

    /// <summary>Reads until cancelled: at the interval, sooner after a failure, and when a key is missed.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var delay = await ReadOnceAsync(cancellationToken);

            // The timer wakes the same wait that an unknown key does; after one came, it is stopped.
            await using var timer = clock.CreateTimer(_ => ring.Wake(), null, delay, Timeout.InfiniteTimeSpan);
            await ring.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Reads the keys once.</summary>
    /// <returns>How long to wait before the next time.</returns>
    public async Task<TimeSpan> ReadOnceAsync(CancellationToken cancellationToken)
    {
        ring.BeginRead();
        switch (await source.ReadAsync(cancellationToken))
        {
            case KeyReading.Read(var keys):
                Accept(keys);
                return Jittered(ring.Issuer.RefreshInterval);
            case KeyReading.Failed(var error, var detail):
                return NoteFailure(error, detail);
            default:
                throw new UnreachableException();
        }
    }

    private void Accept(VerificationKeySet keys)
    {
        _failures = 0;
        if (ring.Replace(keys, clock.GetUtcNow()))
        {
            Log.IssuerKeysChanged(logger, ring.Issuer.Name, keys.Count, keys.Ignored);
        }
    }

    private TimeSpan NoteFailure(KeySourceError error, string detail)
    {
        ring.NoteFailure(clock.GetUtcNow());
        var doubled = FirstRetry * (1 << Math.Min(_failures++, 10));
        var delay = Jittered(doubled < ring.Issuer.RefreshInterval ? doubled : ring.Issuer.RefreshInterval);
        metrics.IssuerKeysNotRead(ring.Issuer.Name);
        Log.IssuerKeysNotRead(logger, ring.Issuer.Name, error.ToString(), detail, delay);
        return delay;
    }

    // Up to a tenth less: many replicas started together must not ask together for ever.
    private static TimeSpan Jittered(TimeSpan delay) => delay * (1 - (RandomNumberGenerator.GetInt32(100) / 1000.0));
}
