using System.Text.Json;
using KubernetesClient;

namespace MeshCA.PolicySources.Watched;

/// <summary>Asks an API server in which version it serves the kinds of policies: both show the same objects, so one is watched.</summary>
internal static class IstioVersions
{
    private const string Group = "/apis/security.istio.io/";

    /// <summary>The versions that are known here, the preferred first.</summary>
    public static readonly IReadOnlyList<string> Known = ["v1", "v1beta1"];

    /// <summary>Finds the version of a kind.</summary>
    /// <param name="api">The server.</param>
    /// <param name="plural">The kind's name in URLs.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The version; NotFound where none that is known is served.</returns>
    public static async Task<ApiOutcome<string>> FindAsync(IKubernetes api, string plural, CancellationToken cancellationToken)
    {
        foreach (var version in Known)
        {
            var outcome = await api.ReadDocumentAsync(Group + version, cancellationToken);
            if (outcome is ApiOutcome<byte[]>.Failed({ Kind: not ApiFailureKind.NotFound } failure))
            {
                return new ApiOutcome<string>.Failed(failure);
            }

            switch (outcome is ApiOutcome<byte[]>.Done(var document) ? Serves(document, plural) : false)
            {
                case true:
                    return new ApiOutcome<string>.Done(version);
                case null: // what is no list does not say that a kind is missing
                    return new ApiOutcome<string>.Failed(new(ApiFailureKind.BadAnswer, $"{Group}{version} is no list of resources"));
                default:
                    break;
            }
        }

        return new ApiOutcome<string>.Failed(new(
            ApiFailureKind.NotFound, $"the API server does not serve {plural} of security.istio.io: its CustomResourceDefinition is missing"));
    }

    /// <summary>Whether a list of resources names a kind.</summary>
    /// <param name="document">JSON; untrusted.</param>
    /// <param name="plural">The kind's name in URLs.</param>
    /// <returns>Null for what is no list.</returns>
    public static bool? Serves(ReadOnlyMemory<byte> document, string plural)
    {
        try
        {
            using var list = JsonDocument.Parse(document);
            return list.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("resources", out var resources) && resources.ValueKind == JsonValueKind.Array
                    ? resources.EnumerateArray().Any(resource =>
                        resource.ValueKind == JsonValueKind.Object && resource.TryGetProperty("name", out var name)
                        && name.ValueKind == JsonValueKind.String && name.ValueEquals(plural))
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
