using System.Diagnostics.CodeAnalysis;

namespace KubernetesClient.Models;

/// <summary>A config map.</summary>
public sealed record V1ConfigMap : IKubernetesResource<V1ConfigMap>
{
    /// <inheritdoc />
    public static ResourceKind Resource { get; } = new("", "v1", "ConfigMap", "configmaps", true);

    /// <inheritdoc />
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc />
    public string Kind => Resource.Kind;

    /// <inheritdoc />
    [AllowNull]
    public V1ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    /// <summary>Texts by key.</summary>
    public IReadOnlyDictionary<string, string>? Data { get; init; }

    /// <summary>Bytes by key; no key is in both.</summary>
    public IReadOnlyDictionary<string, byte[]>? BinaryData { get; init; }

    /// <summary>Whether the content can no longer be changed.</summary>
    public bool? Immutable { get; init; }
}
