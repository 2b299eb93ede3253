namespace KubernetesClient.LeaderElection;

/// <summary>Until when a candidate leads, by two clocks.</summary>
/// <remarks>The monotonic one stands still while the machine sleeps; the other one jumps. Leadership ends with whichever is first.</remarks>
/// <param name="Until">By the monotonic clock.</param>
/// <param name="UntilUtc">By the wall clock.</param>
internal sealed record Leadership(TimeSpan Until, DateTimeOffset UntilUtc)
{
    /// <summary>Whether it lasts.</summary>
    /// <param name="now">The time, monotonic.</param>
    /// <param name="utcNow">The time.</param>
    public bool Lasts(TimeSpan now, DateTimeOffset utcNow) => now < Until && utcNow < UntilUtc;
}
