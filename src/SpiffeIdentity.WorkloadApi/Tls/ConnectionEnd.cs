using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace SpiffeIdentity.WorkloadApi.Tls;

/// <summary>How a server's connection is brought to an end without losing a request.</summary>
/// <remarks>
/// Kestrel closes an idle connection in the moment in which it is asked to, and what its client is just sending is lost, by HTTP/2
/// too. So where requests are seen here (<see cref="RunAsync"/>), the client is told while one of its requests is under way, and that one
/// lasts until the word has surely arrived.
/// </remarks>
/// <param name="notification">Has Kestrel end the connection: by HTTP/2 the client is told, and what is under way is answered.</param>
/// <param name="isHttp2">Whether it speaks HTTP/2.</param>
/// <param name="clock">The time of the connection and of SVIDs.</param>
/// <param name="network">The time that packets take: the system's, whatever the other clock says.</param>
internal sealed class ConnectionEnd(
    IConnectionLifetimeNotificationFeature notification, bool isHttp2, TimeProvider clock, TimeProvider network) : IAsyncDisposable
{
    // Longer than a packet takes to any client of one mesh.
    private static readonly TimeSpan Arrival = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private ITimer? _asking;
    private ITimer? _cutting;
    private bool _disposed;
    private volatile bool _isDue;
    private volatile bool _seesRequests;
    private int _underWay;
    private long _toldAt;

    /// <summary>Asks the client, after a while, to use another connection.</summary>
    public void AskAfter(TimeSpan delay)
    {
        lock (_lock)
        {
            _asking ??= _disposed ? null : clock.CreateTimer(_ => Ask(), null, delay, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Asks the client at once, and closes the connection where it is still there after a while.</summary>
    public void AskThenCut(TimeSpan grace)
    {
        if (grace == TimeSpan.Zero)
        {
            notification.RequestClose();
            return;
        }

        Ask();
        lock (_lock)
        {
            _cutting ??= _disposed ? null : clock.CreateTimer(_ => notification.RequestClose(), null, grace, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Runs a request of the connection.</summary>
    /// <param name="context">The request.</param>
    /// <param name="rest">What answers it.</param>
    public async Task RunAsync(HttpContext context, RequestDelegate rest)
    {
        _seesRequests = true;
        if (!isHttp2)
        {
            if (_isDue)
            {
                context.Response.Headers.Connection = "close"; // RFC 9112 §9.6
            }

            await rest(context);
            return;
        }

        Interlocked.Increment(ref _underWay);
        try
        {
            if (_isDue)
            {
                Tell();
            }

            await rest(context);
            await WordArrivesAsync();
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _disposed = true;
        }

        foreach (var timer in new[] { _asking, _cutting })
        {
            if (timer is not null)
            {
                await timer.DisposeAsync();
            }
        }
    }

    private void Ask()
    {
        _isDue = true;
        if (isHttp2 && (!_seesRequests || Volatile.Read(ref _underWay) > 0))
        {
            Tell();
        }
    }

    private void Tell()
    {
        if (Interlocked.CompareExchange(ref _toldAt, network.GetTimestamp(), 0) == 0)
        {
            notification.RequestClose();
        }
    }

    private Task WordArrivesAsync()
    {
        var toldAt = Volatile.Read(ref _toldAt);
        var left = toldAt == 0 ? TimeSpan.Zero : Arrival - network.GetElapsedTime(toldAt);
        return left > TimeSpan.Zero ? Task.Delay(left, network) : Task.CompletedTask;
    }
}
