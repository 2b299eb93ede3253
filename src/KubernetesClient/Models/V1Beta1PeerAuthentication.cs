using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace KubernetesClient.Models;

/// <summary>Where mutual TLS is a must, in version <c>v1beta1</c> of the API; the server converts between versions.</summary>
public sealed record V1Beta1PeerAuthentication : IKubernetesResource<V1Beta1PeerAuthentication>, IIstioPolicy
{
    /// <inheritdoc />
    public static ResourceKind Resource { get; } = new("security.istio.io", "v1beta1", "PeerAuthentication", "peerauthentications", true);

    /// <inheritdoc />
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc />
    public string Kind => Resource.Kind;

    /// <inheritdoc />
    [AllowNull]
    public V1ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    /// <inheritdoc />
    public JsonElement? Spec { get; init; }

    /// <inheritdoc />
    public JsonElement? Status { get; init; }
}
