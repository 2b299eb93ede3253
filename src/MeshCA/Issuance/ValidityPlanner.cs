namespace MeshCA.Issuance;

/// <summary>Decides a leaf's validity: asked for, allowed, and possible (istio-ca §3.3, as the issue sharpens it).</summary>
internal static class ValidityPlanner
{
    /// <summary>Decides.</summary>
    /// <param name="now">The time.</param>
    /// <param name="requested">Lifetime asked for; zero or less asks for the default.</param>
    /// <param name="policy">The lifetimes allowed.</param>
    /// <param name="authorityNotAfter">End of the signer's validity.</param>
    /// <param name="evidenceLimit">End of what the caller's evidence allows, if it sets one.</param>
    /// <param name="roll">Chance, from 0 to below 1: which part of the longest cut is made.</param>
    public static ValidityPlan Plan(
        DateTimeOffset now,
        TimeSpan requested,
        LifetimePolicy policy,
        DateTimeOffset authorityNotAfter,
        DateTimeOffset? evidenceLimit,
        double roll)
    {
        // X.509 knows whole seconds only (RFC 5280 §4.1.2.5).
        var start = WholeSecond(now);
        if (authorityNotAfter - start < policy.AuthorityFloor)
        {
            return new ValidityPlan.Rejected(RejectionReason.AuthorityNearExpiry);
        }

        if (evidenceLimit <= start)
        {
            return new ValidityPlan.Rejected(RejectionReason.RenewalTooLate);
        }

        var asked = requested > TimeSpan.Zero ? requested : policy.Default;
        var granted = asked > policy.Max ? policy.Max : asked;
        var notAfter = start + granted;

        // A leaf that outlives its issuer turns a planned rotation into an outage.
        notAfter = Earlier(notAfter, authorityNotAfter);
        notAfter = Earlier(notAfter, WholeSecond(evidenceLimit ?? notAfter));

        // Only ever shorter, so that what was checked above still holds.
        var cut = WholeSeconds(policy.LongestCut(notAfter - start) * roll);

        // Peers' clocks may run behind ours.
        return new ValidityPlan.Planned(start - policy.Backdate, notAfter - cut, Clamped: notAfter - start < asked) { Cut = cut };
    }

    /// <summary>Cuts fractions of a second off.</summary>
    public static DateTimeOffset WholeSecond(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);

    private static TimeSpan WholeSeconds(TimeSpan time) => TimeSpan.FromTicks(time.Ticks - (time.Ticks % TimeSpan.TicksPerSecond));

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;
}

/// <summary>The outcome of <see cref="ValidityPlanner"/>.</summary>
internal abstract record ValidityPlan
{
    private ValidityPlan()
    {
    }

    /// <summary>A validity was found.</summary>
    /// <param name="NotBefore">Its begin.</param>
    /// <param name="NotAfter">Its end, inclusive.</param>
    /// <param name="Clamped">Whether limits make it shorter than asked for; this is audited.</param>
    internal sealed record Planned(DateTimeOffset NotBefore, DateTimeOffset NotAfter, bool Clamped) : ValidityPlan
    {
        /// <summary>By how much chance made it end earlier.</summary>
        public TimeSpan Cut { get; init; }
    }

    /// <summary>No certificate can be issued now.</summary>
    internal sealed record Rejected(RejectionReason Reason) : ValidityPlan;
}

/// <summary>The lifetimes of leaves; made from validated options only.</summary>
internal sealed record LifetimePolicy
{
    /// <summary>What chance always leaves of a lifetime.</summary>
    public static readonly TimeSpan ShortestAfterCut = TimeSpan.FromMinutes(1);

    /// <summary>When none is asked for.</summary>
    public required TimeSpan Default { get; init; }

    /// <summary>The longest; more is clamped.</summary>
    public required TimeSpan Max { get; init; }

    /// <summary>What a signer must have left to sign at all.</summary>
    public required TimeSpan AuthorityFloor { get; init; }

    /// <summary>How far NotBefore lies before now.</summary>
    public required TimeSpan Backdate { get; init; }

    /// <summary>Share of a lifetime that chance may cut off, so that leaves issued together do not end together.</summary>
    public double Jitter { get; init; }

    /// <summary>The most that chance cuts off a lifetime; never so much that less than a minute is left.</summary>
    /// <param name="lifetime">The lifetime granted.</param>
    public TimeSpan LongestCut(TimeSpan lifetime)
    {
        var share = lifetime * Jitter;
        var spare = lifetime - ShortestAfterCut;
        return spare <= TimeSpan.Zero ? TimeSpan.Zero : share < spare ? share : spare;
    }
}
