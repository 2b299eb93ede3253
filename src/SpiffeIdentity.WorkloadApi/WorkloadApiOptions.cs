using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SpiffeIdentity.WorkloadApi;

/// <summary>How the Workload API is reached and how long it is waited for. Every default is meant to be kept.</summary>
public class WorkloadApiOptions
{
    // What a timer takes. A longer wait would fail only when it begins, and with it the watch.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    /// <summary>The address, <c>unix:///absolute/path</c> or <c>tcp://ip:port</c>; null for that of <c>SPIFFE_ENDPOINT_SOCKET</c>.</summary>
    public string? Address { get; init; }

    /// <summary>How long a source waits for its first update before its creation fails: 30 seconds.</summary>
    public TimeSpan FirstUpdateTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one call, or the first message of a stream, is waited for: 60 seconds. An agent may hold a call while entries arrive.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The wait after a first failure, half of it by chance: 500 ms. It doubles with each failure in a row.</summary>
    public TimeSpan FirstRetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait between two attempts: 30 seconds.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest message that is taken, in bytes: 4 MiB, as other clients have it.</summary>
    public int MaxMessageLength { get; init; } = 4 * 1024 * 1024;

    /// <summary>Whether a source tells an agent that asks (`meshca agent`) which bundle it verifies by, so that a new root signs nothing before: true. Other agents do not ask.</summary>
    public bool TellsBundleInUse { get; init; } = true;

    /// <summary>Where failures and updates are logged; nowhere by default. Keys and tokens never are.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Refuses what cannot work.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A time or length is not above zero, a time exceeds 24 days, or the longest wait is shorter than the first.</exception>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(FirstUpdateTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(FirstUpdateTimeout, Longest);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(CallTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CallTimeout, Longest);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(FirstRetryDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRetryDelay, FirstRetryDelay);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxRetryDelay, Longest);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(MaxMessageLength, 0);
    }
}
