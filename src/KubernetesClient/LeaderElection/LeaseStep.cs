using KubernetesClient.Models;

namespace KubernetesClient.LeaderElection;

/// <summary>What a candidate does next.</summary>
internal abstract record LeaseStep
{
    private LeaseStep()
    {
    }

    /// <summary>Somebody else leads.</summary>
    public sealed record Wait : LeaseStep;

    /// <summary>There is no lease: makes one.</summary>
    public sealed record Create(V1Lease Lease) : LeaseStep;

    /// <summary>Takes or renews it, if nobody changed it since.</summary>
    public sealed record Update(V1Lease Lease) : LeaseStep;

    /// <summary>Decides.</summary>
    /// <param name="settings">The election.</param>
    /// <param name="lease">The lease as it is read; null where there is none.</param>
    /// <param name="seen">What was seen of it, this reading included; null where nothing ever was.</param>
    /// <param name="now">The time, monotonic.</param>
    /// <param name="utcNow">The time for people to read in the lease.</param>
    public static LeaseStep Decide(LeaseSettings settings, V1Lease? lease, LeaseObservation? seen, TimeSpan now, DateTimeOffset utcNow)
    {
        if (lease is null || seen is null)
        {
            // Whoever led by a lease that somebody deleted does not know of it yet.
            return seen is not null && seen.Spec.HolderIdentity != settings.Identity && seen.IsHeld(now, settings.LeaseDuration) ? new Wait() : new Create(new V1Lease
            {
                Metadata = new() { Name = settings.Name, Namespace = settings.Namespace },
                Spec = Mine(settings, utcNow, utcNow, 0),
            });
        }

        if (seen.Spec.HolderIdentity == settings.Identity)
        {
            return new Update(lease with { Spec = Mine(settings, seen.Spec.AcquireTime ?? utcNow, utcNow, seen.Spec.LeaseTransitions ?? 0) });
        }

        // A count at its end, which only vandals bring about, must not stop elections.
        var transitions = (int)Math.Min((seen.Spec.LeaseTransitions ?? 0) + 1L, int.MaxValue);
        return seen.IsHeld(now, settings.LeaseDuration)
            ? new Wait()
            : new Update(lease with { Spec = Mine(settings, utcNow, utcNow, transitions) });
    }

    /// <summary>What gives the lease back: others need not wait.</summary>
    /// <param name="lease">The lease as the holder last wrote it.</param>
    /// <param name="utcNow">The time for people to read.</param>
    public static V1Lease Release(V1Lease lease, DateTimeOffset utcNow) => lease with
    {
        Spec = new() { HolderIdentity = "", LeaseDurationSeconds = 1, AcquireTime = utcNow, RenewTime = utcNow, LeaseTransitions = lease.Spec?.LeaseTransitions },
    };

    private static V1LeaseSpec Mine(LeaseSettings settings, DateTimeOffset acquired, DateTimeOffset renewed, int transitions) => new()
    {
        HolderIdentity = settings.Identity,
        LeaseDurationSeconds = (int)settings.LeaseDuration.TotalSeconds,
        AcquireTime = acquired,
        RenewTime = renewed,
        LeaseTransitions = transitions,
    };
}
