using System.Diagnostics;
using System.Text.Json;

namespace MeshCA.Authentication.Keys;

/// <summary>A JWK Set where the issuer's discovery document says, OpenID Connect Discovery §4.</summary>
internal sealed class DiscoveryKeySource(string issuer, FetchPolicy policy) : IKeySource
{
    // §4.1: the path is appended after removing a terminating slash.
    private readonly Uri _document = new(issuer.TrimEnd('/') + "/.well-known/openid-configuration");

    public async Task<KeyReading> ReadAsync(CancellationToken cancellationToken)
    {
        switch (await DocumentFetcher.FetchAsync(_document, policy, cancellationToken))
        {
            case FetchOutcome.Failed(var error, var detail):
                return new KeyReading.Failed(error, detail);
            case FetchOutcome.Fetched(var document) when JsonText.TryRead(document, FindKeys, out var url):
                return await new UrlKeySource(url, policy).ReadAsync(cancellationToken);
            case FetchOutcome.Fetched:
                return new KeyReading.Failed(KeySourceError.BadDiscovery, $"{_document} does not name this issuer and a safe `jwks_uri`");
            default:
                throw new UnreachableException();
        }
    }

    // §4.3: the issuer in the document MUST be identical to the one asked, or another's keys would vouch for it.
    private Uri? FindKeys(JsonElement root) =>
        root.TryGetString("issuer", out var named) && named == issuer
        && root.TryGetString("jwks_uri", out var url) && url is not null && policy.Accepts(url)
            ? new Uri(url)
            : null;
}
