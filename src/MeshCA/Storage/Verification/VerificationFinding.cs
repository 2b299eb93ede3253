using MeshCA.Storage.Chaining;

namespace MeshCA.Storage.Verification;

/// <summary>One thing that is not as the service wrote it.</summary>
internal abstract record VerificationFinding
{
    private VerificationFinding()
    {
    }

    /// <summary>The finding for people: lower case, no period.</summary>
    public abstract string Describe();

    private static string Name(Chain chain) => chain == Chain.Journal ? "journal" : "audit";

    /// <summary>A record's content or hash was changed.</summary>
    internal sealed record RecordChanged(Chain Chain, long Sequence) : VerificationFinding
    {
        /// <inheritdoc />
        public override string Describe() => $"{Name(Chain)} record {Sequence} was changed";
    }

    /// <summary>A record stands in the place of another.</summary>
    internal sealed record RecordMoved(Chain Chain, long Sequence, long OriginalSequence) : VerificationFinding
    {
        /// <inheritdoc />
        public override string Describe() => $"{Name(Chain)} record {OriginalSequence} was moved to {Sequence}";
    }

    /// <summary>Records are missing that retention did not remove.</summary>
    internal sealed record RecordsMissing(Chain Chain, long First, long Last) : VerificationFinding
    {
        /// <inheritdoc />
        public override string Describe() => $"{Name(Chain)} records {First} to {Last} are missing";
    }

    /// <summary>A record stands where the chain has none: retention had removed all there, or none was ever written.</summary>
    internal sealed record RecordUnexpected(Chain Chain, long Sequence) : VerificationFinding
    {
        /// <inheritdoc />
        public override string Describe() => $"{Name(Chain)} record {Sequence} was put where no record belongs";
    }

    /// <summary>Records fit each other but not the checkpoint signed over them.</summary>
    internal sealed record RecordsRewritten(Chain Chain, long First, long Last, long Checkpoint) : VerificationFinding
    {
        /// <inheritdoc />
        public override string Describe() =>
            $"{Name(Chain)} records between {First} and {Last} were rewritten: checkpoint {Checkpoint} vouches for others";
    }

    /// <summary>The records end before the newest checkpoint says they do.</summary>
    internal sealed record TailCut(Chain Chain, long Checkpoint, long SignedSequence, long LastSequence) : VerificationFinding
    {
        /// <inheritdoc />
        public override string Describe() =>
            $"the {Name(Chain)}'s tail was cut: checkpoint {Checkpoint} says {SignedSequence}, it ends at {LastSequence}";
    }

    /// <summary>A checkpoint's signature does not fit.</summary>
    internal sealed record CheckpointForged(long Number) : VerificationFinding
    {
        /// <inheritdoc />
        public override string Describe() => $"checkpoint {Number} was changed or forged: its signature does not fit";
    }

    /// <summary>Checkpoints are missing that retention did not remove.</summary>
    internal sealed record CheckpointsMissing(long First, long Last) : VerificationFinding
    {
        /// <inheritdoc />
        public override string Describe() => $"checkpoints {First} to {Last} are missing";
    }

    /// <summary>A checkpoint does not follow the one before it.</summary>
    internal sealed record CheckpointOutOfPlace(long Number) : VerificationFinding
    {
        /// <inheritdoc />
        public override string Describe() => $"checkpoint {Number} does not follow the one before it";
    }

    /// <summary>No checkpoint vouches for a store that had some.</summary>
    internal sealed record NoCheckpoint : VerificationFinding
    {
        /// <inheritdoc />
        public override string Describe() => "no checkpoint is left that vouches for any record";
    }

    /// <summary>The list of what retention removed is not the signed one.</summary>
    internal sealed record GapsChanged(long Checkpoint) : VerificationFinding
    {
        /// <inheritdoc />
        public override string Describe() => $"the list of what retention removed is not the one that checkpoint {Checkpoint} vouches for";
    }

    /// <summary>A checkpoint took over another list of what retention removed, though retention did not run.</summary>
    internal sealed record GapsWithoutRetention(long Checkpoint) : VerificationFinding
    {
        /// <inheritdoc />
        public override string Describe() =>
            $"checkpoint {Checkpoint} vouches for another list of removed records than the one before, and retention did not make it";
    }

    /// <summary>The service itself found the store changed, when it opened it or by retention, and said so in a checkpoint.</summary>
    internal sealed record TamperingMarked(long Checkpoint) : VerificationFinding
    {
        /// <inheritdoc />
        public override string Describe() =>
            $"the service found the store changed when it signed checkpoint {Checkpoint}; its `store.tampered` events say how";
    }

    /// <summary>The store is older than a checkpoint known from outside.</summary>
    internal sealed record RolledBack(long ExpectedNumber, long NewestNumber) : VerificationFinding
    {
        /// <inheritdoc />
        public override string Describe() =>
            $"the store was rolled back: checkpoint {ExpectedNumber} was signed, the newest here is {NewestNumber}";
    }

    /// <summary>The checkpoint known from outside is another one here.</summary>
    internal sealed record ExpectedCheckpointDiffers(long Number) : VerificationFinding
    {
        /// <inheritdoc />
        public override string Describe() => $"checkpoint {Number} is not the one that was logged";
    }
}
