using System.Globalization;

namespace AuthzEngine.Formats.Yaml.Fields;

/// <summary>A duration as proto3 JSON writes it: decimal seconds and an <c>s</c>.</summary>
internal static class JsonDuration
{
    private const int MostFractionDigits = 9;
    private const long MostSeconds = 315_576_000_000; // ten thousand years, the range of google.protobuf.Duration

    /// <summary>Reads a duration.</summary>
    /// <param name="text">Such as <c>1.5s</c>; untrusted.</param>
    /// <param name="duration">The duration; what is finer than 100 ns is rounded up, so that it is not lost.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        if (text is not [.., 's'])
        {
            return false;
        }

        var negative = text[0] == '-';
        var number = text[(negative ? 1 : 0)..^1];
        var point = number.IndexOf('.');
        var fraction = point < 0 ? "0" : number[(point + 1)..];
        if (!TryDigits(point < 0 ? number : number[..point], 12, out var seconds) || seconds > MostSeconds
            || !TryDigits(fraction, MostFractionDigits, out var parts))
        {
            return false;
        }

        for (var i = fraction.Length; i < MostFractionDigits; i++)
        {
            parts *= 10;
        }

        var ticks = (seconds * TimeSpan.TicksPerSecond) + ((parts + 99) / 100);
        duration = TimeSpan.FromTicks(negative ? -ticks : ticks);
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<char> text, int most, out long value)
    {
        value = 0;
        return text.Length <= most && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
