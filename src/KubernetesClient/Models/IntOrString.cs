namespace KubernetesClient.Models;

/// <summary>A number or a name.</summary>
public sealed record IntOrString
{
    /// <summary>The number; null for a name.</summary>
    public int? Number { get; init; }

    /// <summary>The name; null for a number.</summary>
    public string? Name { get; init; }
}
