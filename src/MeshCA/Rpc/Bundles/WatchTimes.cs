namespace MeshCA.Rpc.Bundles;

/// <summary>The times of a stream of the trust bundle.</summary>
internal sealed record WatchTimes
{
    /// <summary>Within which the first message must come.</summary>
    public TimeSpan Opening { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two messages to the client.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between two looks whether its token or certificate still holds.</summary>
    public TimeSpan Authentication { get; init; } = TimeSpan.FromMinutes(1);
}
