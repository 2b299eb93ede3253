using System.Diagnostics;

namespace MeshCA.Authentication.Keys;

/// <summary>A JWK Set at a URL.</summary>
internal sealed class UrlKeySource(Uri url, FetchPolicy policy) : IKeySource
{
    public async Task<KeyReading> ReadAsync(CancellationToken cancellationToken) =>
        await DocumentFetcher.FetchAsync(url, policy, cancellationToken) switch
        {
            FetchOutcome.Fetched(var document) => KeyReading.Parse(document),
            FetchOutcome.Failed(var error, var detail) => new KeyReading.Failed(error, detail),
            _ => throw new UnreachableException(),
        };
}
