namespace KubernetesClient.Models;

/// <summary>A container of a pod.</summary>
public sealed record V1Container
{
    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>The ports that it says it listens on; others may be open all the same.</summary>
    public IReadOnlyList<V1ContainerPort>? Ports { get; init; }
}

/// <summary>A port of a container.</summary>
public sealed record V1ContainerPort
{
    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>Its number.</summary>
    public int? ContainerPort { get; init; }

    /// <summary><c>TCP</c>, <c>UDP</c> or <c>SCTP</c>; null: TCP.</summary>
    public string? Protocol { get; init; }
}
