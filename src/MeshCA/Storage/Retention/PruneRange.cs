using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Verification;

namespace MeshCA.Storage.Retention;

/// <summary>A run of records that may be removed, if they are genuine.</summary>
/// <param name="Chain">Which chain.</param>
/// <param name="First">The first sequence number; 1 at least.</param>
/// <param name="Last">The last, inclusive.</param>
internal sealed record PruneRange(Chain Chain, long First, long Last)
{
    /// <summary>The number of the record before.</summary>
    public long Before => First - 1;

    /// <summary>How many records.</summary>
    public long Count => Last - First + 1;

    /// <summary>The range with the hashes that the chain has there.</summary>
    /// <param name="oldest">What verifying gave, without a finding.</param>
    public VerifiedRange VerifiedBy(OldestRecords oldest) =>
        new(this, oldest.Links[Before], oldest.Links[Last], oldest.Checkpoint);
}

/// <summary>A run of records that a checkpoint vouches for.</summary>
/// <param name="Range">Which.</param>
/// <param name="BeforeHash">The chain's hash before the first.</param>
/// <param name="LastHash">The chain's hash at the last: only these records lead to it.</param>
/// <param name="Checkpoint">The checkpoint.</param>
internal sealed record VerifiedRange(PruneRange Range, byte[] BeforeHash, byte[] LastHash, long Checkpoint)
{
    /// <summary>What is left of it once it is removed.</summary>
    public GapRow ToGap() => new()
    {
        Chain = (long)Range.Chain,
        First = Range.First,
        Last = Range.Last,
        Hash = LastHash,
        Before = Range.First == 1 ? [] : BeforeHash,
    };
}

/// <summary>What retention may do next.</summary>
/// <param name="Verified">What to remove, oldest first.</param>
/// <param name="Findings">What is wrong; then nothing is to be removed.</param>
internal sealed record RetentionPlan(IReadOnlyList<VerifiedRange> Verified, IReadOnlyList<VerificationFinding> Findings)
{
    /// <summary>Nothing is old enough.</summary>
    public static RetentionPlan Nothing { get; } = new([], []);
}
