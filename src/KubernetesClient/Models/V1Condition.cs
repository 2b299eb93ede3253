namespace KubernetesClient.Models;

/// <summary>One thing that holds of an object, or not.</summary>
public sealed record V1Condition
{
    /// <summary>What.</summary>
    public string? Type { get; init; }

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public string? Status { get; init; }

    /// <summary>One word.</summary>
    public string? Reason { get; init; }

    /// <summary>For people.</summary>
    public string? Message { get; init; }

    /// <summary>When <see cref="Status"/> last changed.</summary>
    public DateTimeOffset? LastTransitionTime { get; init; }

    /// <summary>The generation of the object that it is about.</summary>
    public long? ObservedGeneration { get; init; }
}
