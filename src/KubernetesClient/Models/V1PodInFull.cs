using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace KubernetesClient.Models;

/// <summary>A pod with its containers: for who looks once at all there is. Copies that are kept hold <see cref="V1Pod"/>, which is smaller.</summary>
public sealed record V1PodInFull : IKubernetesResource<V1PodInFull>
{
    /// <inheritdoc />
    public static ResourceKind Resource { get; } = V1Pod.Resource;

    /// <inheritdoc />
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc />
    public string Kind => Resource.Kind;

    /// <inheritdoc />
    [AllowNull]
    public V1ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    /// <summary>What was asked for.</summary>
    public V1PodInFullSpec? Spec { get; init; }

    /// <summary>What is.</summary>
    public V1PodStatus? Status { get; init; }
}

/// <summary>What a pod was asked to be.</summary>
public sealed record V1PodInFullSpec
{
    /// <summary>The service account, of the pod's own namespace.</summary>
    public string? ServiceAccountName { get; init; }

    /// <summary>Whether it shares its node's network, and so its address.</summary>
    public bool? HostNetwork { get; init; }

    /// <summary>Its containers.</summary>
    public IReadOnlyList<V1ContainerInFull>? Containers { get; init; }

    /// <summary>Those that are started before; one that goes on running is a sidecar.</summary>
    public IReadOnlyList<V1ContainerInFull>? InitContainers { get; init; }
}

/// <summary>A container.</summary>
public sealed record V1ContainerInFull
{
    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>The ports that it declares.</summary>
    public IReadOnlyList<V1ContainerInFullPort>? Ports { get; init; }

    /// <summary>As whom it runs.</summary>
    public V1ContainerInFullSecurity? SecurityContext { get; init; }

    /// <summary>How the kubelet sees whether it lives.</summary>
    public V1ContainerInFullProbe? LivenessProbe { get; init; }

    /// <summary>How the kubelet sees whether it is ready.</summary>
    public V1ContainerInFullProbe? ReadinessProbe { get; init; }

    /// <summary>How the kubelet sees whether it has started.</summary>
    public V1ContainerInFullProbe? StartupProbe { get; init; }
}

/// <summary>A port of a container.</summary>
public sealed record V1ContainerInFullPort
{
    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>Its number.</summary>
    public int? ContainerPort { get; init; }
}

/// <summary>As whom a container runs.</summary>
public sealed record V1ContainerInFullSecurity
{
    /// <summary>The user's number; null: the image's.</summary>
    public long? RunAsUser { get; init; }
}

/// <summary>A probe; which of its forms is there.</summary>
public sealed record V1ContainerInFullProbe
{
    /// <summary>Over HTTP.</summary>
    public JsonElement? HttpGet { get; init; }

    /// <summary>By connecting.</summary>
    public JsonElement? TcpSocket { get; init; }

    /// <summary>Over gRPC.</summary>
    public JsonElement? Grpc { get; init; }
}
