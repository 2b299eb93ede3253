using MeshCA.Storage.Chaining;

namespace MeshCA.Storage.Verification;

/// <summary>What verifying the store found.</summary>
internal sealed record VerificationReport
{
    /// <summary>What is wrong, in the order it was found; of changed records the first 1,000 of each chain.</summary>
    public required IReadOnlyList<VerificationFinding> Findings { get; init; }

    /// <summary>Journal records read.</summary>
    public required long JournalRecords { get; init; }

    /// <summary>Audit events read.</summary>
    public required long AuditEvents { get; init; }

    /// <summary>Checkpoints with a good signature.</summary>
    public required int Checkpoints { get; init; }

    /// <summary>The newest checkpoint with a good signature: what is older is vouched for by a key.</summary>
    public required CheckpointReference? NewestCheckpoint { get; init; }

    /// <summary>Journal records after that checkpoint: their chain was checked, but its end could be cut unseen.</summary>
    public required long JournalRecordsAfter { get; init; }

    /// <summary>Audit events after that checkpoint.</summary>
    public required long AuditEventsAfter { get; init; }

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsIntact => Findings.Count == 0;
}
