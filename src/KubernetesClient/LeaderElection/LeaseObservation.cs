using KubernetesClient.Models;

namespace KubernetesClient.LeaderElection;

/// <summary>What was seen of a lease, and when by the own clock: the times in it are of another clock.</summary>
/// <param name="Uid">Which lease.</param>
/// <param name="Spec">What it said.</param>
/// <param name="Since">Since when it says so; a monotonic time.</param>
internal sealed record LeaseObservation(string? Uid, V1LeaseSpec Spec, TimeSpan Since)
{
    /// <summary>Takes in what is read: as long as it says the same, its time does not begin anew.</summary>
    /// <param name="before">What was seen before; null for nothing.</param>
    /// <param name="lease">What is read now.</param>
    /// <param name="now">The time, monotonic, at or after which it was read.</param>
    public static LeaseObservation Of(LeaseObservation? before, V1Lease lease, TimeSpan now)
    {
        var spec = lease.Spec ?? new();
        return before is not null && before.Uid == lease.Metadata.Uid && before.Spec == spec ? before : new(lease.Metadata.Uid, spec, now);
    }

    /// <summary>Whether somebody holds it now.</summary>
    /// <param name="now">The time, monotonic.</param>
    /// <param name="fallback">How long it lasts where it does not say.</param>
    public bool IsHeld(TimeSpan now, TimeSpan fallback) =>
        Spec.HolderIdentity is { Length: > 0 }
        && now < Since + (Spec.LeaseDurationSeconds is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : fallback);
}
