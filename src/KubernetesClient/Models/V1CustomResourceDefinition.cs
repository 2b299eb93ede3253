using System.Diagnostics.CodeAnalysis;

namespace KubernetesClient.Models;

/// <summary>What tells the API server of a kind.</summary>
public sealed record V1CustomResourceDefinition : IKubernetesResource<V1CustomResourceDefinition>
{
    /// <inheritdoc />
    public static ResourceKind Resource { get; } = new("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false);

    /// <inheritdoc />
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc />
    public string Kind => Resource.Kind;

    /// <inheritdoc />
    [AllowNull]
    public V1ObjectMeta Metadata { get; init => field = value ?? new(); } = new();

    /// <summary>What was asked for.</summary>
    public V1CustomResourceDefinitionSpec? Spec { get; init; }

    /// <summary>What is.</summary>
    public V1CustomResourceDefinitionStatus? Status { get; init; }
}

/// <summary>A kind.</summary>
public sealed record V1CustomResourceDefinitionSpec
{
    /// <summary>Its group.</summary>
    public string? Group { get; init; }

    /// <summary>Its versions.</summary>
    public IReadOnlyList<V1CustomResourceDefinitionVersion>? Versions { get; init; }
}

/// <summary>A version of a kind.</summary>
public sealed record V1CustomResourceDefinitionVersion
{
    /// <summary>Its name, such as <c>v1beta1</c>.</summary>
    public string? Name { get; init; }

    /// <summary>Whether it can be asked for.</summary>
    public bool? Served { get; init; }

    /// <summary>Whether objects are stored in it; one version of a kind is.</summary>
    public bool? Storage { get; init; }
}

/// <summary>What became of a kind.</summary>
public sealed record V1CustomResourceDefinitionStatus
{
    /// <summary><c>Established</c> and others.</summary>
    public IReadOnlyList<V1Condition>? Conditions { get; init; }
}
