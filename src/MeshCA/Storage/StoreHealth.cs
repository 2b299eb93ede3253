namespace MeshCA.Storage;

/// <summary>Why the store takes no records.</summary>
internal enum StoreHealthReason
{
    /// <summary>It takes records.</summary>
    Healthy,

    /// <summary>The file system is mounted or set read-only.</summary>
    ReadOnly,

    /// <summary>The file system is full.</summary>
    DiskFull,

    /// <summary>The clock stands too far behind the newest record.</summary>
    ClockBehind,

    /// <summary>The store is closed.</summary>
    Closed,

    /// <summary>Writing fails for another reason.</summary>
    IoError,
}

/// <summary>Whether the store takes records, for readiness.</summary>
/// <param name="Reason">The reason, if it does not.</param>
/// <param name="Detail">The same for people; empty when healthy.</param>
internal sealed record StoreHealth(StoreHealthReason Reason, string Detail)
{
    /// <summary>The store takes records.</summary>
    public static StoreHealth Healthy { get; } = new(StoreHealthReason.Healthy, "");

    /// <summary>Whether the store takes records.</summary>
    public bool IsReady => Reason == StoreHealthReason.Healthy;
}
