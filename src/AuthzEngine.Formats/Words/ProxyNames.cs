using System.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Formats.Words;

/// <summary>Kinds of proxy as inventories, contexts, descriptions and logs write them.</summary>
public static class ProxyNames
{
    /// <summary>The kinds by name.</summary>
    public static IReadOnlyDictionary<string, ProxyKind> ByName { get; } =
        Enum.GetValues<ProxyKind>().ToDictionary(Of, StringComparer.Ordinal);

    /// <summary>Names a kind.</summary>
    /// <param name="proxy">The kind.</param>
    /// <returns>Its name.</returns>
    public static string Of(ProxyKind proxy) => proxy switch
    {
        ProxyKind.Sidecar => "sidecar",
        ProxyKind.Gateway => "gateway",
        ProxyKind.Waypoint => "waypoint",
        _ => throw new UnreachableException(),
    };
}
