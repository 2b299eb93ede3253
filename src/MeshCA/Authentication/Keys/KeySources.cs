using System.Diagnostics;

namespace MeshCA.Authentication.Keys;

/// <summary>Makes the source for a location.</summary>
internal static class KeySources
{
    public static IKeySource Open(KeyLocation location) => location switch
    {
        KeyLocation.LocalFile(var path) => new FileKeySource(path),
        KeyLocation.Remote(var url, var policy) => new UrlKeySource(url, policy),
        KeyLocation.Discovered(var issuer, var policy) => new DiscoveryKeySource(issuer, policy),
        _ => throw new UnreachableException(),
    };
}
