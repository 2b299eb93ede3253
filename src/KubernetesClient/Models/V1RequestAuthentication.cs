using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace KubernetesClient.Models;

/// <summary>Whose tokens are taken, in version <c>v1</c> of the API; the server converts between versions.</summary>
public sealed record V1RequestAuthentication : IKubernetesResource<V1RequestAuthentication>, IIstioPolicy
{
    /// <inheritdoc />
    public static ResourceKind Resource { get; } = new("security.istio.io", "v1", "RequestAuthentication", "requestauthentications", true);

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
