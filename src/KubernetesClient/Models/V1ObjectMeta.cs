namespace KubernetesClient.Models;

/// <summary>What all objects have.</summary>
public sealed record V1ObjectMeta
{
    /// <summary>The name.</summary>
    public string? Name { get; init; }

    /// <summary>Lets the server make a name that begins so.</summary>
    public string? GenerateName { get; init; }

    /// <summary>The namespace; null for kinds without.</summary>
    public string? Namespace { get; init; }

    /// <summary>What tells it from one of the same name before or after it.</summary>
    public string? Uid { get; init; }

    /// <summary>The version, to be compared for equality only.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Number of changes of the specification.</summary>
    public long? Generation { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>Since when it is being deleted; null while it is not.</summary>
    public DateTimeOffset? DeletionTimestamp { get; init; }

    /// <summary>Labels.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Annotations.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
}
