using System.Globalization;

namespace Grpc.Wire;

/// <summary>The coding of <c>grpc-timeout</c>: one to eight digits and a unit, of which case matters.</summary>
internal static class TimeoutHeader
{
    private const int MaxDigits = 8;
    private const long MaxValue = 99_999_999;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(MaxValue);

    /// <summary>Reads a timeout.</summary>
    /// <param name="text">The header's value; untrusted.</param>
    /// <param name="timeout">The timeout, at most 99,999,999 seconds; any fraction of a tick counts as one.</param>
    /// <returns>False if it is malformed.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > MaxDigits + 1
            || !long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            || ToTicks(value, text[^1]) is not { } ticks)
        {
            return false;
        }

        timeout = TimeSpan.FromTicks(Math.Min(ticks, Longest.Ticks));
        return true;
    }

    /// <summary>Writes a timeout: milliseconds, rounded up, while they fit, then seconds.</summary>
    public static string Format(TimeSpan timeout)
    {
        var milliseconds = (long)Math.Ceiling(timeout.TotalMilliseconds);
        return milliseconds <= MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(milliseconds, 0)}m")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Min((long)timeout.TotalSeconds, MaxValue)}S");
    }

    private static long? ToTicks(long value, char unit) => unit switch
    {
        'H' => value * TimeSpan.TicksPerHour,
        'M' => value * TimeSpan.TicksPerMinute,
        'S' => value * TimeSpan.TicksPerSecond,
        'm' => value * TimeSpan.TicksPerMillisecond,
        'u' => value * TimeSpan.TicksPerMicrosecond,
        'n' => (value + TimeSpan.NanosecondsPerTick - 1) / TimeSpan.NanosecondsPerTick,
        _ => null,
    };
}
