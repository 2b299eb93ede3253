using System.Text.Json;
using KubernetesClient;
using MeshCA.Authentication.Keys;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>Reads an API server's keys and its <c>iss</c> from the server itself, over the connection that is trusted to be its own.</summary>
/// <param name="api">The API server.</param>
/// <param name="ring">Takes the <c>iss</c>.</param>
/// <param name="discoversIssuer">Whether the <c>iss</c> is asked for; otherwise settings name it.</param>
internal sealed class ClusterKeySource(IKubernetes api, ClusterKeyRing ring, bool discoversIssuer) : IKeySource
{
    /// <summary>Where the API server tells its <c>iss</c>.</summary>
    public const string DiscoveryPath = "/.well-known/openid-configuration";

    /// <summary>Where it publishes its keys; the <c>jwks_uri</c> it tells is for others and may lead elsewhere.</summary>
    public const string KeysPath = "/openid/v1/jwks";

    private const int MaxIssuerLength = 2048;

    /// <inheritdoc />
    public async Task<KeyReading> ReadAsync(CancellationToken cancellationToken)
    {
        string? issuer = null;
        if (discoversIssuer)
        {
            switch (await api.ReadDocumentAsync(DiscoveryPath, cancellationToken))
            {
                case ApiOutcome<byte[]>.Done(var document) when JsonText.TryRead(document, FindIssuer, out issuer):
                    break;
                case ApiOutcome<byte[]>.Done:
                    return new KeyReading.Failed(KeySourceError.BadDiscovery, $"{DiscoveryPath} names no `issuer`");
                case ApiOutcome<byte[]>.Failed(var failure):
                    return Fail(DiscoveryPath, failure);
            }
        }

        switch (await api.ReadDocumentAsync(KeysPath, cancellationToken))
        {
            case ApiOutcome<byte[]>.Done(var document):
                var reading = KeyReading.Parse(document);
                ring.Issuer = reading is KeyReading.Read ? issuer ?? ring.Issuer : ring.Issuer;
                return reading;
            case ApiOutcome<byte[]>.Failed(var failure):
                return Fail(KeysPath, failure);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static KeyReading.Failed Fail(string path, ApiFailure failure) => new(
        failure.Status is 0 ? KeySourceError.Unreachable : KeySourceError.BadStatus, $"{path}: {failure.Kind}, {failure.Message}");

    private static string? FindIssuer(JsonElement root) =>
        root.TryGetString("issuer", out var issuer) && issuer is { Length: > 0 and <= MaxIssuerLength } ? issuer : null;
}
