using System.Text;
using KubernetesClient.Models;

namespace MeshCA.CertificateSigningRequests;

/// <summary>Reads an object of the API server's into what counts of it.</summary>
internal static class SigningRequestReader
{
    private const string True = "True";
    private const string PodName = "authentication.kubernetes.io/pod-name";
    private const string PodUid = "authentication.kubernetes.io/pod-uid";
    private const string NodeName = "authentication.kubernetes.io/node-name";

    /// <summary>Reads one.</summary>
    /// <returns>The request; null where the object lacks what every object has.</returns>
    public static SigningRequest? Read(V1CertificateSigningRequest item)
    {
        if (item is not { Metadata: { Name: { } name, Uid: { } uid } metadata, Spec: { SignerName: { } signer, Username: { } user } spec })
        {
            return null;
        }

        var conditions = (item.Status?.Conditions ?? [])

            // An older API lets approval stand without a status.
            .Where(condition => condition.Status is True or null or "")
            .ToList();
        var reservation = conditions.Find(condition => condition.Type == SigningRequest.Reserved);
        return new SigningRequest
        {
            Name = name,
            Uid = uid,
            SignerName = signer,
            Username = user,
            Groups = spec.Groups ?? [],
            PodName = Only(spec, PodName),
            PodUid = Only(spec, PodUid),
            NodeName = Only(spec, NodeName),
            Usages = spec.Usages ?? [],
            Pem = spec.Request is { } request && Ascii.IsValid(request) ? Encoding.ASCII.GetString(request) : "",
            Lifetime = spec.ExpirationSeconds is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : null,
            CreatedAt = metadata.CreationTimestamp ?? DateTimeOffset.UnixEpoch,
            Conditions = [.. conditions.Select(condition => condition.Type).OfType<string>()],
            ReservedBy = reservation?.Message,
            ReservedAt = reservation?.LastUpdateTime,
            IsIssued = item.Status?.Certificate is { Length: > 0 },
        };
    }

    private static string? Only(V1CertificateSigningRequestSpec spec, string key) =>
        spec.Extra?.GetValueOrDefault(key) is [{ Length: > 0 and <= 253 } value] ? value : null;
}
