namespace KubernetesClient;

/// <summary>How a copy is kept.</summary>
public sealed record InformerOptions
{
    /// <summary>Objects of a page.</summary>
    public int PageSize { get; init; } = ApiLimits.PageSize;

    /// <summary>How long after a list everything is listed anew, in case an event was lost; up to a tenth more, so that not all do it at once.</summary>
    public TimeSpan ResyncInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Wait after the first failure; doubles with each further one.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait after a failure, but where the server asks for more.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A watch that ends sooner, without an event, counts as a failure.</summary>
    public TimeSpan ShortWatch { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the first watch after a failure is asked to last: its end is the sign of life where nothing changes.</summary>
    public TimeSpan FirstWatch { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Told of each failure in a row, and how many there were; quick, and throws nothing.</summary>
    public Action<ApiFailure, int>? OnFailure { get; init; }

    /// <summary>Told when the copy is kept again after failures; quick, and throws nothing.</summary>
    public Action? OnRecovery { get; init; }
}
