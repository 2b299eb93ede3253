namespace MeshCA.Storage.Schema;

/// <summary>Times as the store keeps them: Unix time as an integer, in microseconds, or seconds for X.509 validity.</summary>
internal static class StoredTime
{
    /// <summary>Microseconds since 1970; what is finer is cut off.</summary>
    public static long ToMicroseconds(DateTimeOffset time) =>
        (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>Whole microseconds of a length of time.</summary>
    public static long ToMicroseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>The time of <see cref="ToMicroseconds(DateTimeOffset)"/>; the nearest there is for what this service never wrote.</summary>
    public static DateTimeOffset FromMicroseconds(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(
        Math.Clamp(microseconds, ToMicroseconds(DateTimeOffset.MinValue), ToMicroseconds(DateTimeOffset.MaxValue))
        * TimeSpan.TicksPerMicrosecond);

    /// <summary>The time of seconds since 1970; the nearest there is for what this service never wrote.</summary>
    public static DateTimeOffset FromSeconds(long seconds) => DateTimeOffset.FromUnixTimeSeconds(
        Math.Clamp(seconds, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds()));

    /// <summary>The length of <see cref="ToMicroseconds(TimeSpan)"/>; the nearest there is likewise.</summary>
    public static TimeSpan SpanFromMicroseconds(long microseconds) => TimeSpan.FromTicks(
        Math.Clamp(microseconds, ToMicroseconds(TimeSpan.MinValue), ToMicroseconds(TimeSpan.MaxValue))
        * TimeSpan.TicksPerMicrosecond);
}
