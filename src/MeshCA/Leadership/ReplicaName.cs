namespace MeshCA.Leadership;

/// <summary>What this replica is called in the lease and in the shared state.</summary>
/// <param name="text">The name.</param>
internal sealed class ReplicaName(string text)
{
    private const int RandomLength = 8;

    /// <summary>The name.</summary>
    public string Text { get; } = text;

    /// <summary>The configured name; else the machine's with a random part, since a container may start again under its name while its lease runs.</summary>
    /// <param name="configured">As configured; empty: none.</param>
    public static ReplicaName Of(string configured) => new(configured.Length > 0
        ? configured
        : $"{System.Net.Dns.GetHostName()}_{System.Security.Cryptography.RandomNumberGenerator.GetHexString(RandomLength, lowercase: true)}");
}
