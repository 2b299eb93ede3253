using System.Diagnostics.CodeAnalysis;

namespace KubernetesClient.Models;

/// <summary>A namespace.</summary>
public sealed record V1Namespace : IKubernetesResource<V1Namespace>
{
    /// <inheritdoc />
    public static ResourceKind Resource { get; } = new("", "v1", "Namespace", "namespaces", false);

    /// <inheritdoc />
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc />
    public string Kind => Resource.Kind;

    /// <inheritdoc />
    [AllowNull]
    public V1ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    /// <summary>What is.</summary>
    public V1NamespaceStatus? Status { get; init; }
}

/// <summary>What a namespace is.</summary>
public sealed record V1NamespaceStatus
{
    /// <summary><c>Active</c> or <c>Terminating</c>: then nothing can be created in it.</summary>
    public string? Phase { get; init; }
}
