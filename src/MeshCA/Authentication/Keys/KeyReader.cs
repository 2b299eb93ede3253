using System.Diagnostics;
using System.Security.Cryptography;

namespace MeshCA.Authentication.Keys;

/// <summary>Keeps one key ring fresh.</summary>
internal sealed class KeyReader(KeyRing ring, IKeySource source, TimeProvider clock, IKeyReadings readings)
{
    private int _failures;

    /// <summary>Reads until cancelled, through bugs of ours too: one source's must end neither the others nor the service.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ReadOnAndOnAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The outermost loop.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                readings.Faulted(ring.Schedule.Name, exception);
                await Task.Delay(KeyRing.MinRefreshSpacing, clock, cancellationToken);
            }
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
                return Jittered(ring.Schedule.RefreshInterval);
            case KeyReading.Failed failure:
                return NoteFailure(failure);
            default:
                throw new UnreachableException();
        }
    }

    // At the interval, sooner after a failure, and when a key is missed.
    private async Task ReadOnAndOnAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var delay = await ReadOnceAsync(cancellationToken);

            // The timer wakes the same wait that an unknown key does; after one came, it is stopped.
            await using var timer = clock.CreateTimer(_ => ring.Wake(), null, delay, Timeout.InfiniteTimeSpan);
            await ring.WaitAsync(cancellationToken);
        }
    }

    private void Accept(VerificationKeySet keys)
    {
        _failures = 0;
        if (ring.Replace(keys, clock.GetUtcNow()))
        {
            readings.Changed(ring.Schedule.Name, keys);
        }
    }

    private TimeSpan NoteFailure(KeyReading.Failed failure)
    {
        ring.NoteFailure(clock.GetUtcNow());
        var doubled = ring.Schedule.FirstRetry * (1 << Math.Min(_failures++, 10));
        var delay = Jittered(doubled < ring.Schedule.LastRetry ? doubled : ring.Schedule.LastRetry);
        readings.NotRead(ring.Schedule.Name, failure, delay);
        return delay;
    }

    // Up to a tenth less: many replicas started together must not ask together for ever.
    private static TimeSpan Jittered(TimeSpan delay) => delay * (1 - (RandomNumberGenerator.GetInt32(100) / 1000.0));
}
