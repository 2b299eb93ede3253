using MeshCA.Configuration;

namespace MeshCA.Authentication.Keys;

/// <summary>Where an issuer publishes its keys.</summary>
internal abstract record KeyLocation
{
    private KeyLocation()
    {
    }

    /// <summary>A JWK Set in a local file.</summary>
    internal sealed record LocalFile(string Path) : KeyLocation;

    /// <summary>A JWK Set at a URL.</summary>
    internal sealed record Remote(Uri Url, FetchPolicy Policy) : KeyLocation;

    /// <summary>A JWK Set where the issuer's discovery document says, OpenID Connect Discovery §4.</summary>
    internal sealed record Discovered(string Issuer, FetchPolicy Policy) : KeyLocation;

    /// <summary>Converts options that passed validation.</summary>
    public static KeyLocation From(TokenIssuerOptions options) => options switch
    {
        { Discovery: true } => new Discovered(options.Issuer, new FetchPolicy { CaFile = options.CaFile }),
        { JwksUrl: { Length: > 0 } url } => new Remote(new Uri(url), new FetchPolicy { CaFile = options.CaFile }),
        { JwksFile: { Length: > 0 } path } => new LocalFile(path),
        _ => throw new ArgumentException("an issuer needs a key source", nameof(options)),
    };
}
