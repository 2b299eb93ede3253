namespace MeshCA.PolicySources.Watched;

/// <summary>How statuses are written.</summary>
/// <param name="WritesPerSecond">Most of them in a second.</param>
internal sealed record StatusWriterSettings(int WritesPerSecond)
{
    /// <summary>How long changes are collected before a round.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Between rounds for which nothing gave an occasion.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);
}
