namespace MeshCA.Rpc.Bundles;

/// <summary>The times of a stream of the trust bundle.</summary>
internal static class WatchTimes
{
    /// <summary>Within which the first message must come.</summary>
    public static readonly TimeSpan Opening = TimeSpan.FromSeconds(10);

    /// <summary>Between two messages to the client.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(30);

    /// <summary>Between two looks whether its token or certificate still holds.</summary>
    public static readonly TimeSpan Authentication = TimeSpan.FromMinutes(1);
}
