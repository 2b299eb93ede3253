using System.Diagnostics.CodeAnalysis;

namespace KubernetesClient.Models;

/// <summary>A service account.</summary>
public sealed record V1ServiceAccount : IKubernetesResource<V1ServiceAccount>
{
    /// <inheritdoc />
    public static ResourceKind Resource { get; } = new("", "v1", "ServiceAccount", "serviceaccounts", true);

    /// <inheritdoc />
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc />
    public string Kind => Resource.Kind;

    /// <inheritdoc />
    [AllowNull]
    public V1ObjectMeta Metadata { get; init => field = value ?? new(); } = new();
}
