using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace KubernetesClient.Models;

/// <summary>A pod: who it runs as, where, and whether it still runs.</summary>
public sealed record V1Pod : IKubernetesResource<V1Pod>
{
    /// <inheritdoc />
    public static ResourceKind Resource { get; } = new("", "v1", "Pod", "pods", true);

    /// <inheritdoc />
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc />
    public string Kind => Resource.Kind;

    /// <inheritdoc />
    [AllowNull]
    public V1ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    /// <summary>What was asked for.</summary>
    public V1PodSpec? Spec { get; init; }

    /// <summary>What is.</summary>
    public V1PodStatus? Status { get; init; }
}

/// <summary>What a pod was asked to be.</summary>
public sealed record V1PodSpec
{
    /// <summary>The service account, of the pod's own namespace.</summary>
    public string? ServiceAccountName { get; init; }

    /// <summary>The node it is bound to; null while it is not scheduled.</summary>
    public string? NodeName { get; init; }

    /// <summary>Its containers.</summary>
    public IReadOnlyList<V1Container>? Containers { get; init; }

    /// <summary>Whether it shares its node's network, and so its address.</summary>
    public bool? HostNetwork { get; init; }
}

/// <summary>What a pod is.</summary>
public sealed record V1PodStatus
{
    /// <summary><c>Pending</c>, <c>Running</c>, <c>Succeeded</c>, <c>Failed</c> or <c>Unknown</c>.</summary>
    public string? Phase { get; init; }

    /// <summary>Its first address.</summary>
    [JsonPropertyName("podIP")]
    public string? PodIP { get; init; }

    /// <summary>All its addresses, at most one of each family.</summary>
    [JsonPropertyName("podIPs")]
    public IReadOnlyList<V1PodIP>? PodIPs { get; init; }
}

/// <summary>An address of a pod.</summary>
public sealed record V1PodIP
{
    /// <summary>The address.</summary>
    public string? Ip { get; init; }
}
