using System.Globalization;

namespace AuthzEngine.Formats.Issuance;

/// <summary>A length of time as people write it: <c>15d</c>, <c>1h30m</c>, <c>90s</c>.</summary>
internal static class ShortDuration
{
    private const string Units = "dhms";
    private const int MostDigits = 9;

    private static readonly long[] Ticks =
        [TimeSpan.TicksPerDay, TimeSpan.TicksPerHour, TimeSpan.TicksPerMinute, TimeSpan.TicksPerSecond];

    /// <summary>Reads a duration: whole numbers of days, hours, minutes and seconds, in this order, each at most once.</summary>
    /// <param name="text">The text; untrusted.</param>
    /// <param name="duration">The duration, or zero.</param>
    /// <returns>Whether it is one; zero is none.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var total = 0L;
        for (var next = 0; !text.IsEmpty;)
        {
            var digits = text.IndexOfAnyExceptInRange('0', '9');
            if (digits is < 1 or > MostDigits
                || Units.IndexOf(text[digits], StringComparison.Ordinal) is var unit && unit < next)
            {
                return false;
            }

            total += long.Parse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture) * Ticks[unit];
            text = text[(digits + 1)..];
            next = unit + 1;
        }

        duration = TimeSpan.FromTicks(total);
        return total > 0;
    }
}
