using System.Diagnostics;

namespace MeshCA.Authentication.Keys;

/// <summary>Makes the source for a location.</summary>
internal static class KeySources
{
    public static IKeySource Open(KeyLocation location) => location switch
    {
        KeyLocation.LocalFile(var path) => new FileKeySource(path),
        KeyLocation.Remote(var url, var caFile) => new UrlKeySource(url, caFile),
        KeyLocation.Discovered(var issuer, var caFile) => new DiscoveryKeySource(issuer, caFile),
        _ => throw new UnreachableException(),
    };
}
