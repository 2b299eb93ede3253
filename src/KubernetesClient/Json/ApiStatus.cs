namespace KubernetesClient.Json;

/// <summary>How the server says that something went wrong.</summary>
internal sealed record ApiStatus
{
    /// <summary><c>Status</c>.</summary>
    public string? Kind { get; init; }

    /// <summary>For people.</summary>
    public string? Message { get; init; }

    /// <summary>One word, such as <c>AlreadyExists</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>The HTTP status.</summary>
    public int? Code { get; init; }

    /// <summary>More.</summary>
    public ApiStatusDetails? Details { get; init; }
}

/// <summary>More of what went wrong.</summary>
internal sealed record ApiStatusDetails
{
    /// <summary>How long to wait; seconds.</summary>
    public int? RetryAfterSeconds { get; init; }
}
