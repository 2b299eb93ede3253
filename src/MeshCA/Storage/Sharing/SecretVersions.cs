using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Clusters;
using MeshCA.Issuance;

namespace MeshCA.Storage.Sharing;

/// <summary>Reads and writes one secret, each version only in the place of the one that was read.</summary>
/// <param name="api">The API server.</param>
/// <param name="name">Which secret.</param>
internal sealed class SecretVersions(IKubernetes api, ObjectName name)
{
    /// <summary>Most bytes of content: the API server takes 1 MiB for the whole object.</summary>
    public const int MaxLength = 1_000_000;

    private const string Key = "state";

    /// <summary>Reads it.</summary>
    /// <returns>Content and version; null where there is no such secret.</returns>
    /// <exception cref="JournalUnavailableException">The API server cannot be asked, or refuses.</exception>
    public async Task<SecretVersion?> ReadAsync(CancellationToken cancellationToken) =>
        await api.ReadAsync<V1Secret>(name.Name, name.Namespace, cancellationToken) switch
        {
            ApiOutcome<V1Secret>.Done({ Metadata.ResourceVersion: { Length: > 0 } version } secret) =>
                new(secret.Data?.GetValueOrDefault(Key) ?? [], version),
            ApiOutcome<V1Secret>.Failed({ Kind: ApiFailureKind.NotFound }) => null,
            ApiOutcome<V1Secret>.Failed(var failure) => throw Unavailable(failure),
            _ => throw new JournalUnavailableException($"the API server's answer for secret `{name}` has no version"),
        };

    /// <summary>Writes it in the place of a version.</summary>
    /// <param name="content">The content.</param>
    /// <param name="version">The version that was read; null: there was none.</param>
    /// <param name="cancellationToken">Ends the wait; then it is not known whether it was written.</param>
    /// <returns>The new version; null where somebody else wrote meanwhile.</returns>
    /// <exception cref="JournalUnavailableException">It is not known whether it was written, or it was refused.</exception>
    public async Task<string?> TryWriteAsync(byte[] content, string? version, CancellationToken cancellationToken)
    {
        if (content.Length > MaxLength)
        {
            throw new JournalUnavailableException(
                $"the shared state has {content.Length} bytes, more than the {MaxLength} that a secret can hold: nothing was changed");
        }

        var secret = new V1Secret
        {
            Metadata = new V1ObjectMeta
            {
                Name = name.Name,
                Namespace = name.Namespace,
                ResourceVersion = version,
                Labels = new Dictionary<string, string> { ["app.kubernetes.io/name"] = "meshca" },
            },
            Type = "meshca.io/authorities",
            Data = new Dictionary<string, byte[]> { [Key] = content },
        };
        var outcome = version is null
            ? await api.CreateAsync(secret, cancellationToken)
            : await api.ReplaceAsync(secret, null, cancellationToken);
        return outcome switch
        {
            ApiOutcome<V1Secret>.Done({ Metadata.ResourceVersion: { Length: > 0 } written }) => written,
            ApiOutcome<V1Secret>.Failed({ Kind: ApiFailureKind.Conflict or ApiFailureKind.AlreadyExists or ApiFailureKind.NotFound }) => null,
            ApiOutcome<V1Secret>.Failed(var failure) => throw Unavailable(failure),
            _ => throw new JournalUnavailableException($"the API server's answer for secret `{name}` has no version"),
        };
    }

    /// <inheritdoc />
    public override string ToString() => name.ToString();

    private JournalUnavailableException Unavailable(ApiFailure failure) =>
        new($"secret `{name}` cannot be read or written: {failure.Kind}: {failure.Message}");
}

/// <summary>One version of a secret's content; a class and not a record, whose printed form would show it.</summary>
/// <param name="content">The content; sealed.</param>
/// <param name="version">The version.</param>
internal sealed class SecretVersion(byte[] content, string version)
{
    /// <summary>The content.</summary>
    public byte[] Content { get; } = content;

    /// <summary>The version.</summary>
    public string Version { get; } = version;
}
