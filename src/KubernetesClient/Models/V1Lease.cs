using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using KubernetesClient.Json;

namespace KubernetesClient.Models;

/// <summary>A lease.</summary>
public sealed record V1Lease : IKubernetesResource<V1Lease>
{
    /// <inheritdoc />
    public static ResourceKind Resource { get; } = new("coordination.k8s.io", "v1", "Lease", "leases", true);

    /// <inheritdoc />
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc />
    public string Kind => Resource.Kind;

    /// <inheritdoc />
    [AllowNull]
    public V1ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    /// <summary>Who holds it.</summary>
    public V1LeaseSpec? Spec { get; init; }
}

/// <summary>Who holds a lease. The times are those of the holder's clock, which nobody else can trust.</summary>
public sealed record V1LeaseSpec
{
    /// <summary>The holder; null or empty where it was released.</summary>
    public string? HolderIdentity { get; init; }

    /// <summary>How long others wait after the last renewal they saw before they take it; seconds.</summary>
    public int? LeaseDurationSeconds { get; init; }

    /// <summary>When the holder got it.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? AcquireTime { get; init; }

    /// <summary>When the holder last renewed it.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? RenewTime { get; init; }

    /// <summary>How often it changed hands.</summary>
    public int? LeaseTransitions { get; init; }
}
