using System.Diagnostics.CodeAnalysis;

namespace KubernetesClient.Models;

/// <summary>A secret. Its printed form shows no content.</summary>
public sealed record V1Secret : IKubernetesResource<V1Secret>
{
    /// <inheritdoc />
    public static ResourceKind Resource { get; } = new("", "v1", "Secret", "secrets", true);

    /// <inheritdoc />
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc />
    public string Kind => Resource.Kind;

    /// <inheritdoc />
    [AllowNull]
    public V1ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    /// <summary>Content by key.</summary>
    public IReadOnlyDictionary<string, byte[]>? Data { get; init; }

    /// <summary>What the content is, such as <c>kubernetes.io/tls</c>.</summary>
    public string? Type { get; init; }

    /// <summary>Whether the content can no longer be changed.</summary>
    public bool? Immutable { get; init; }
}
