namespace MeshCA.Consumers;

/// <summary>How many consumers are kept in sight, and for how long.</summary>
/// <param name="Expiry">How long one may be silent.</param>
/// <param name="MaxConsumers">Most at once.</param>
internal sealed record ConsumerLimits(TimeSpan Expiry, int MaxConsumers)
{
    /// <summary>Most of one identity: a daemon set has one on each node, and no identity may crowd out the others.</summary>
    public int MaxOfIdentity => Math.Max(1, MaxConsumers / 4);
}
