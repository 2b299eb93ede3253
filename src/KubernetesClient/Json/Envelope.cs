namespace KubernetesClient.Json;

/// <summary>What an object says it is.</summary>
internal sealed record Envelope
{
    /// <summary>Group and version.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>The kind.</summary>
    public string? Kind { get; init; }

    /// <summary>Of which version it is.</summary>
    public ListMetadata? Metadata { get; init; }
}

/// <summary>Of which version a list is, and where it goes on.</summary>
internal sealed record ListMetadata
{
    /// <summary>The version.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Where it goes on.</summary>
    public string? Continue { get; init; }
}
