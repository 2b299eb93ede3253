namespace MeshCA.Consumers;

/// <summary>Who has the trust bundle in use that was asked about, measured at one moment.</summary>
/// <remarks>
/// Two kinds are counted, each once: live consumers, which report the sequence they have put to use, and holders of unexpired
/// leaves that report nothing, which have the bundle that came with their newest leaf. Both go away by themselves, a consumer
/// by silence and a holder by expiry.
/// </remarks>
internal sealed record FleetReport
{
    /// <summary>Most laggards named in a report.</summary>
    public const int MaxLaggards = 100;

    /// <summary>When it was measured.</summary>
    public required DateTimeOffset MeasuredAt { get; init; }

    /// <summary>The bundle sequence asked about.</summary>
    public required long TargetSequence { get; init; }

    /// <summary>Live consumers that report.</summary>
    public required int Consumers { get; init; }

    /// <summary>Those of them that have the asked sequence, or a later one, in use.</summary>
    public required int ConsumersUpdated { get; init; }

    /// <summary>Holders of at least one unexpired leaf that do not report.</summary>
    public required int Holders { get; init; }

    /// <summary>Those of them whose newest leaf came with the asked sequence or a later one.</summary>
    public required int HoldersUpdated { get; init; }

    /// <summary>Holders past 0.8 of their newest leaf's lifetime: a healthy client would have renewed by then.</summary>
    public required int HoldersOverdue { get; init; }

    /// <summary>Unexpired leaves.</summary>
    public required long LiveLeaves { get; init; }

    /// <summary>The unexpired leaves by the id of the authority that signed them.</summary>
    public required IReadOnlyDictionary<string, AuthorityLeaves> ByAuthority { get; init; }

    /// <summary>Who lacks the asked sequence: at most <see cref="MaxLaggards"/>, the latest expiry first.</summary>
    public required IReadOnlyList<Laggard> Laggards { get; init; }

    /// <summary>How many lack it in all.</summary>
    public required int LaggardCount { get; init; }

    /// <summary>Whether the whole journal is read; while it is not, holders are missing from the counts.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>When it is complete at the latest, where certificates may live that the journal does not have; null: not known.</summary>
    public DateTimeOffset? CompleteAt { get; init; }
}

/// <summary>The unexpired leaves of one authority.</summary>
/// <param name="Live">How many.</param>
/// <param name="LastExpiry">When the last of them expires; never earlier than it does, and later by a minute at most.</param>
internal sealed record AuthorityLeaves(long Live, DateTimeOffset LastExpiry);
