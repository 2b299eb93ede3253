using MeshCA.Configuration;

namespace MeshCA.Authentication.Keys;

/// <summary>What may be fetched, from whom, and how long that may take.</summary>
internal sealed record FetchPolicy
{
    /// <summary>PEM file of the authorities to trust; null for the system's. Read anew for each fetch.</summary>
    public string? CaFile { get; init; }

    /// <summary>Longest time of one fetch.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Which servers are connected to; null for any: the operator named the URL.</summary>
    public ServerAddresses? Servers { get; init; }

    /// <summary>Whether plain HTTP, and URLs with a query, are fetched as well.</summary>
    public bool AllowsAnyHttpUrl { get; init; }

    /// <summary>Whether a URL may be fetched.</summary>
    /// <param name="text">The URL; untrusted.</param>
    public bool Accepts(string text) => AllowsAnyHttpUrl
        ? Uri.TryCreate(text, UriKind.Absolute, out var url) && url.UserInfo.Length == 0
            && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
        : TokenIssuerOptions.IsSafeUrl(text);
}
