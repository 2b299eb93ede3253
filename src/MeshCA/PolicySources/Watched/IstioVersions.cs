using System.Text.Json;
using KubernetesClient;

namespace MeshCA.PolicySources.Watched;

/// <summary>Asks an API server in which version it serves the kinds of policies: both show the same objects, so one is watched.</summary>
internal static class IstioVersions
{
    private const string Group = "/apis/security.istio.io/";
    private const string Ready = "/readyz";

    /// <summary>The versions that are known here, the preferred first.</summary>
    public static readonly IReadOnlyList<string> Known = ["v1", "v1beta1"];

    /// <summary>Finds the version of a kind.</summary>
    /// <remarks>
    /// A server that begins answers 404 for each kind that a definition makes until it has read the definitions (before 1.23 also to those who
    /// ask for versions). Taken for the truth, that would have every policy deleted: it is believed of a server that calls itself ready, and only
    /// where a list of the kind is not found either, since lists of versions are made later still.
    /// </remarks>
    /// <typeparam name="TStable">The kind in the preferred version.</typeparam>
    /// <typeparam name="TBeta">The kind in the older one.</typeparam>
    /// <param name="api">The server.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The version; NotFound where none that is known is served.</returns>
    public static async Task<ApiOutcome<string>> FindAsync<TStable, TBeta>(IKubernetes api, CancellationToken cancellationToken)
        where TStable : class, IKubernetesResource<TStable>
        where TBeta : class, IKubernetesResource<TBeta>
    {
        var found = await FindAsync(api, TStable.Resource.Plural, cancellationToken);
        if (found is not ApiOutcome<string>.Failed({ Kind: ApiFailureKind.NotFound }))
        {
            return found;
        }

        if (await api.ReadDocumentAsync(Ready, cancellationToken) is ApiOutcome<byte[]>.Failed(var failure))
        {
            var kind = failure.Kind == ApiFailureKind.NotFound ? ApiFailureKind.BadAnswer : failure.Kind;
            return new ApiOutcome<string>.Failed(new(kind, $"it serves no {TStable.Resource.Plural}, and may not be ready: {failure.Message}"));
        }

        var listed = await TryListAsync<TStable>(api, cancellationToken);
        return listed is ApiOutcome<string>.Failed({ Kind: ApiFailureKind.NotFound }) && await TryListAsync<TBeta>(api, cancellationToken) is var older
            ? older is ApiOutcome<string>.Failed({ Kind: ApiFailureKind.NotFound }) ? found : older
            : listed;
    }

    private static async Task<ApiOutcome<string>> TryListAsync<T>(IKubernetes api, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> =>
        await api.ListAsync<T>(new ListQuery { Limit = 1 }, cancellationToken) is ApiOutcome<KubernetesList<T>>.Failed(var failure)
            ? new ApiOutcome<string>.Failed(failure)
            : new ApiOutcome<string>.Done(T.Resource.Version);

    private static async Task<ApiOutcome<string>> FindAsync(IKubernetes api, string plural, CancellationToken cancellationToken)
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
