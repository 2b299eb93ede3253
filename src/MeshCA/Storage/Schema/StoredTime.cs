namespace MeshCA.Storage.Schema;

/// <summary>Times as the store keeps them: Unix time as an integer, in microseconds, or seconds for X.509 validity.</summary>
internal static class StoredTime
{
    /// <summary>Microseconds since 1970; what is finer is cut off.</summary>
    public static long ToMicroseconds(DateTimeOffset time) =>
        (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>Whole microseconds of a length of time.</summary>
    public static long ToMicroseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>The time of <see cref="ToMicroseconds(DateTimeOffset)"/>.</summary>
    public static DateTimeOffset FromMicroseconds(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
