namespace SpiffeIdentity.Federation;

/// <summary>Between which bounds a bundle's <c>spiffe_refresh_hint</c> is followed.</summary>
/// <param name="Shortest">However short the hint: another's document must not make us ask all the time.</param>
/// <param name="Longest">However long the hint: a mistake in it must not keep a new key from us for ever.</param>
public sealed record RefreshLimits(TimeSpan Shortest, TimeSpan Longest);

/// <summary>When a bundle is fetched again (Federation §5.1, Trust_Domain_and_Bundle §4.1.3); pure.</summary>
/// <remarks>
/// A chance spreads the polls of many, always to the sooner side of the hint: the hint is the longest a reader may wait. It is given
/// as a number from 0 up to, but not including, 1.
/// </remarks>
public static class RefreshPlan
{
    /// <summary>The interval of a bundle without a hint.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMinutes(5);

    // Tries within one interval while fetching fails, so that one lost answer does not cost a whole interval of the overlap.
    private const int TriesPerInterval = 4;

    // Intervals without success after which something is wrong.
    private const int OverdueIntervals = 4;

    // By how much of itself an interval is shortened at most.
    private const double Spread = 0.1;

    /// <summary>How often a bundle is fetched.</summary>
    /// <param name="hint">Its hint; null: it has none.</param>
    /// <param name="limits">The bounds.</param>
    /// <returns>The hint within the bounds. A hint of zero is none.</returns>
    public static TimeSpan IntervalOf(TimeSpan? hint, RefreshLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        var wanted = hint is { } given && given > TimeSpan.Zero ? given : DefaultInterval;
        return wanted < limits.Shortest ? limits.Shortest : wanted > limits.Longest ? limits.Longest : wanted;
    }

    /// <summary>How long after a success the next fetch begins.</summary>
    /// <param name="interval">From <see cref="IntervalOf"/>.</param>
    /// <param name="chance">From 0 to less than 1.</param>
    /// <returns>The interval, or up to a tenth less.</returns>
    public static TimeSpan AfterSuccess(TimeSpan interval, double chance) => interval * (1 - (Spread * Checked(chance)));

    /// <summary>How long after a failure the next fetch begins.</summary>
    /// <param name="interval">From <see cref="IntervalOf"/>.</param>
    /// <param name="limits">The bounds.</param>
    /// <param name="chance">From 0 to less than 1.</param>
    /// <returns>A quarter of the interval, or up to a tenth less; never less than the shortest.</returns>
    public static TimeSpan AfterFailure(TimeSpan interval, RefreshLimits limits, double chance)
    {
        ArgumentNullException.ThrowIfNull(limits);
        var pause = AfterSuccess(interval / TriesPerInterval, chance);
        return pause < limits.Shortest ? limits.Shortest : pause;
    }

    /// <summary>Whether it is so long since a fetch succeeded that somebody should look.</summary>
    /// <param name="sinceSuccess">The time since the last success.</param>
    /// <param name="interval">From <see cref="IntervalOf"/>.</param>
    /// <returns>Whether more than four intervals are over.</returns>
    public static bool IsOverdue(TimeSpan sinceSuccess, TimeSpan interval) => sinceSuccess > interval * OverdueIntervals;

    private static double Checked(double chance)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(chance);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(chance, 1);
        return chance;
    }
}
