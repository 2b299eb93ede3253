using System.Diagnostics.CodeAnalysis;

namespace KubernetesClient.Models;

/// <summary>A node.</summary>
public sealed record V1Node : IKubernetesResource<V1Node>
{
    /// <inheritdoc />
    public static ResourceKind Resource { get; } = new("", "v1", "Node", "nodes", false);

    /// <inheritdoc />
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc />
    public string Kind => Resource.Kind;

    /// <inheritdoc />
    [AllowNull]
    public V1ObjectMeta Metadata { get; init => field = value ?? new(); } = new();
}
