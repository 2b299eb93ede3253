namespace MeshCA.Storage.Verification;

/// <summary>What verifying a chain from its begin up to a record gave.</summary>
internal sealed record OldestRecords
{
    /// <summary>What is wrong.</summary>
    public required IReadOnlyList<VerificationFinding> Findings { get; init; }

    /// <summary>The chain's hashes at the sequence numbers asked for; all of them where nothing is wrong.</summary>
    public required IReadOnlyDictionary<long, byte[]> Links { get; init; }

    /// <summary>The checkpoint that vouches for the record; 0 where none does.</summary>
    public required long Checkpoint { get; init; }
}
