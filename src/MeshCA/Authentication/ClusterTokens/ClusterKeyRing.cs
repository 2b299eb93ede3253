using MeshCA.Authentication.Keys;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>The keys of one cluster's API server, and the <c>iss</c> that it writes.</summary>
internal sealed class ClusterKeyRing(KeySchedule schedule) : KeyRing(schedule)
{
    private volatile string? _issuer;

    /// <summary>The <c>iss</c> that the API server told; null before it did.</summary>
    public string? Issuer
    {
        get => _issuer;
        set => _issuer = value;
    }
}
