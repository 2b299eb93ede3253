namespace MeshCA.Agent.Identities;

/// <summary>When an SVID is renewed, and when a request that failed is repeated. Pure: chance comes in as a number from 0 to below 1.</summary>
internal static class RenewalPlan
{
    /// <summary>The longest wait that a CA may ask for.</summary>
    public static readonly TimeSpan LongestAsked = TimeSpan.FromMinutes(5);

    private const int MostDoublings = 30;

    // Near its end an SVID is worth more requests: this many until it is over.
    private const int AttemptsLeft = 8;

    /// <summary>The time of the renewal that nothing hurries: before half life, earlier by chance, so that a fleet spreads by itself.</summary>
    /// <param name="obtainedAt">When it came. The life counts from here: a CA dates its certificates back.</param>
    /// <param name="notAfter">The SVID's end.</param>
    /// <param name="settings">The share that must be left, and the jitter.</param>
    /// <param name="chance">From 0 to below 1.</param>
    public static DateTimeOffset Due(DateTimeOffset obtainedAt, DateTimeOffset notAfter, RenewalSettings settings, double chance)
    {
        var used = Math.Clamp(1 - settings.GracePeriodRatio - (settings.Jitter * chance), 0, 1);
        return notAfter > obtainedAt ? obtainedAt + ((notAfter - obtainedAt) * used) : obtainedAt;
    }

    /// <summary>
    /// The time of a renewal that cannot wait for its turn: spread, since every agent has the same reason now, and the newest SVIDs first, which
    /// would stay believed the longest.
    /// </summary>
    /// <remarks>
    /// Half of the spread is by age and half by chance. Age counts up to half of the life, where an SVID is renewed anyway: one that just came
    /// is renewed in the first half of the spread, one that is about to be renewed in the second. So a fleet keeps the order without anybody who
    /// orders it, and does not come at once where all SVIDs are of one age.
    /// </remarks>
    /// <param name="now">The present.</param>
    /// <param name="due">When it would be renewed anyway.</param>
    /// <param name="obtainedAt">When the SVID came.</param>
    /// <param name="notAfter">The SVID's end.</param>
    /// <param name="settings">Over which time to spread.</param>
    /// <param name="chance">From 0 to below 1.</param>
    public static DateTimeOffset Early(
        DateTimeOffset now, DateTimeOffset due, DateTimeOffset obtainedAt, DateTimeOffset notAfter, RenewalSettings settings, double chance)
    {
        var left = notAfter > now ? (notAfter - now) / 2 : TimeSpan.Zero;
        var age = notAfter > obtainedAt ? Math.Clamp((now - obtainedAt) / (notAfter - obtainedAt) * 2, 0, 1) : 1;
        var early = now + ((settings.Spread < left ? settings.Spread : left) * ((age + chance) / 2));
        return early < due ? early : due;
    }

    /// <summary>The wait after a failure: doubled each time, half of it by chance, shorter where an SVID is about to end.</summary>
    /// <param name="failures">How many there were in a row, this one included; at least 1.</param>
    /// <param name="asked">What the CA asks for; null for nothing. It counts for more than all else.</param>
    /// <param name="left">Time to the end of the SVID that is held; null where none is.</param>
    /// <param name="settings">First and longest wait.</param>
    /// <param name="chance">From 0 to below 1.</param>
    public static TimeSpan Retry(int failures, TimeSpan? asked, TimeSpan? left, RenewalSettings settings, double chance)
    {
        var doubled = settings.FirstRetry * Math.Pow(2, Math.Clamp(failures - 1, 0, MostDoublings));
        var bound = doubled < settings.LongestRetry ? doubled : settings.LongestRetry;
        if (left is { } remaining && remaining > TimeSpan.Zero && remaining / AttemptsLeft < bound)
        {
            var shortened = remaining / AttemptsLeft;
            bound = shortened > settings.FirstRetry ? shortened : settings.FirstRetry;
        }

        var chosen = bound * (0.5 + (0.5 * chance));
        var least = asked is { } wanted ? (wanted < LongestAsked ? wanted : LongestAsked) : TimeSpan.Zero;

        // Beyond what was asked for too, by chance: all who were sent away were told the same.
        return least > chosen ? least + (chosen / 2) : chosen;
    }
}
