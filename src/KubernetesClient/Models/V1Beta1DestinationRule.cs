using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace KubernetesClient.Models;

/// <summary>How callers reach a host, in version <c>v1beta1</c> of Istio's API; its content as it is.</summary>
public sealed record V1Beta1DestinationRule : IKubernetesResource<V1Beta1DestinationRule>
{
    /// <inheritdoc />
    public static ResourceKind Resource { get; } = new("networking.istio.io", "v1beta1", "DestinationRule", "destinationrules", true);

    /// <inheritdoc />
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc />
    public string Kind => Resource.Kind;

    /// <inheritdoc />
    [AllowNull]
    public V1ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    /// <summary>What was asked for.</summary>
    public JsonElement? Spec { get; init; }
}
