namespace MeshCA.Rotations;

/// <summary>How rotations are carried on; made from validated options only.</summary>
internal sealed record RotationSettings
{
    /// <summary>How long a new root stands in the bundle before it may sign, for those that report nothing.</summary>
    public required TimeSpan PropagationWindow { get; init; }

    /// <summary>How long after a step the next may follow at the earliest: longer than an answer can be under way.</summary>
    public required TimeSpan SettleTime { get; init; }

    /// <summary>By how much the share of late holders may grow after a step before the rotation halts by itself, 0 to 1.</summary>
    public required double HoldOverdueShare { get; init; }

    /// <summary>Share of requests that failed by our fault, after a step, at which the rotation halts by itself, 0 to 1.</summary>
    public required double HoldFailureShare { get; init; }

    /// <summary>At which share of its life the active root is replaced; 0: never by itself.</summary>
    public required double AtShareOfLife { get; init; }

    /// <summary>When the active root is replaced, if it was made before; null: no date is set.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>How long leaves live that ask for nothing: what forecasts reckon with.</summary>
    public required TimeSpan LeafLifetime { get; init; }

    /// <summary>The longest a leaf may live.</summary>
    public required TimeSpan MaxLeafLifetime { get; init; }
}
