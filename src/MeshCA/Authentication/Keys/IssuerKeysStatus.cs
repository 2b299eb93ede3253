using MeshCA.Authentication.ClusterTokens;

namespace MeshCA.Authentication.Keys;

/// <summary>Whether tokens can be judged, for readiness.</summary>
internal interface IIssuerKeysStatus
{
    /// <summary>One line per cluster and per issuer, in the order of the configuration.</summary>
    IReadOnlyList<IssuerKeysReport> Report();
}

/// <summary>The state of one issuer's keys.</summary>
/// <param name="Issuer">The issuer's configured name.</param>
/// <param name="Error">What is wrong with the keys, or none.</param>
/// <param name="Keys">How many there are.</param>
/// <param name="Age">Time since they were last read; null if never.</param>
internal sealed record IssuerKeysReport(string Issuer, AuthenticationError Error, int Keys, TimeSpan? Age)
{
    /// <summary>Whether its tokens can be judged.</summary>
    public bool Usable => Error == AuthenticationError.None;
}

/// <summary>Reads the state off the key rings and the clusters.</summary>
internal sealed class IssuerKeysStatus(IssuerDirectory issuers, TimeProvider clock, ClusterTokenDirectory? clusters = null) : IIssuerKeysStatus
{
    public IReadOnlyList<IssuerKeysReport> Report()
    {
        var now = clock.GetUtcNow();
        return [.. clusters?.Report(now) ?? [], .. issuers.Rings.Select(ring => Describe(ring, now))];
    }

    private static IssuerKeysReport Describe(IssuerKeyRing ring, DateTimeOffset now)
    {
        _ = ring.TryGetKeys(now, out var keys, out var error);
        return new IssuerKeysReport(ring.Issuer.Name, error, keys?.Count ?? 0, now - ring.Current?.ReadAt);
    }
}
