using System.Diagnostics.CodeAnalysis;

namespace KubernetesClient.Models;

/// <summary>Validating webhooks. Changed by JSON patch alone: most of their fields are not modelled.</summary>
public sealed record V1ValidatingWebhookConfiguration : IKubernetesResource<V1ValidatingWebhookConfiguration>
{
    /// <inheritdoc />
    public static ResourceKind Resource { get; } = new("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false);

    /// <inheritdoc />
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc />
    public string Kind => Resource.Kind;

    /// <inheritdoc />
    [AllowNull]
    public V1ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    /// <summary>The webhooks.</summary>
    public IReadOnlyList<V1Webhook>? Webhooks { get; init; }
}
