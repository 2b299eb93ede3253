namespace MeshCA.Rotations;

/// <summary>What a step of a rotation waits for.</summary>
internal enum ConditionKind
{
    /// <summary>The whole journal is read, and no certificate can live that it does not have.</summary>
    Inventory,

    /// <summary>Every live consumer that reports has the new root's bundle in use.</summary>
    Consumers,

    /// <summary>Every holder that reports nothing got its newest leaf with the new root's bundle.</summary>
    Holders,

    /// <summary>No unexpired leaf chains to the root that leaves.</summary>
    Leaves,

    /// <summary>Those that cannot report had time to take the new bundle up.</summary>
    Propagation,

    /// <summary>No answer from before the last step can be under way.</summary>
    Settling,

    /// <summary>The next root's intermediate signs.</summary>
    Signer,

    /// <summary>The clock, which jumped ahead, has gone as the machine counts for long enough.</summary>
    Clock,
}

/// <summary>One condition as measured.</summary>
/// <param name="Kind">What is waited for.</param>
/// <param name="Done">How many have come so far; for times, seconds.</param>
/// <param name="Total">How many there are; for times, seconds.</param>
/// <param name="Until">When it is met at the latest, where that is known.</param>
internal sealed record RotationCondition(ConditionKind Kind, long Done, long Total, DateTimeOffset? Until = null)
{
    /// <summary>Whether it is met.</summary>
    public bool IsMet => Done >= Total;
}
