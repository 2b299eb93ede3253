namespace KubernetesClient.LeaderElection;

/// <summary>How a leader is elected.</summary>
/// <param name="Namespace">Namespace of the lease.</param>
/// <param name="Name">Name of the lease.</param>
/// <param name="Identity">Who this candidate is; no other, and none before it, may have the same.</param>
public sealed record LeaseSettings(string Namespace, string Name, string Identity)
{
    /// <summary>How long others wait after the last renewal they saw; whole seconds.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long after the beginning of its last renewal the leader leads; less than <see cref="LeaseDuration"/>.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time between two tries; less than <see cref="RenewDeadline"/>.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What is wrong with them; null for nothing.</summary>
    public string? Fault =>
        Identity.Length == 0 ? "the identity is empty"
        : LeaseDuration < TimeSpan.FromSeconds(1) || LeaseDuration.Ticks % TimeSpan.TicksPerSecond != 0 ? "the lease's duration is no whole number of seconds"
        : RenewDeadline >= LeaseDuration ? "the renewal's deadline is not before the lease's end"
        : RetryPeriod >= RenewDeadline || RetryPeriod <= TimeSpan.Zero ? "the time between two tries is not less than the renewal's deadline"
        : null;
}
