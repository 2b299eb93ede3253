using System.Diagnostics.CodeAnalysis;

namespace KubernetesClient.Models;

/// <summary>A service.</summary>
public sealed record V1Service : IKubernetesResource<V1Service>
{
    /// <inheritdoc />
    public static ResourceKind Resource { get; } = new("", "v1", "Service", "services", true);

    /// <inheritdoc />
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc />
    public string Kind => Resource.Kind;

    /// <inheritdoc />
    [AllowNull]
    public V1ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    /// <summary>What was asked for.</summary>
    public V1ServiceSpec? Spec { get; init; }
}

/// <summary>What a service was asked to be.</summary>
public sealed record V1ServiceSpec
{
    /// <summary>Labels of its pods; null: its endpoints are kept by somebody else.</summary>
    public IReadOnlyDictionary<string, string>? Selector { get; init; }

    /// <summary>Its ports.</summary>
    public IReadOnlyList<V1ServicePort>? Ports { get; init; }

    /// <summary><c>ClusterIP</c>, <c>NodePort</c>, <c>LoadBalancer</c> or <c>ExternalName</c>.</summary>
    public string? Type { get; init; }
}

/// <summary>A port of a service.</summary>
public sealed record V1ServicePort
{
    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>Its number.</summary>
    public int? Port { get; init; }

    /// <summary><c>TCP</c>, <c>UDP</c> or <c>SCTP</c>.</summary>
    public string? Protocol { get; init; }

    /// <summary>Number or name of the port of the pods.</summary>
    public IntOrString? TargetPort { get; init; }

    /// <summary>What is spoken, such as <c>http</c>.</summary>
    public string? AppProtocol { get; init; }
}
