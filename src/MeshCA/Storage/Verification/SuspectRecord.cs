using MeshCA.Storage.Chaining;

namespace MeshCA.Storage.Verification;

/// <summary>A record whose hash fits none of the hashes that the one before it may have.</summary>
/// <param name="Sequence">Where it stands.</param>
/// <param name="Body">Its canonical form.</param>
/// <param name="Hash">Its stored hash.</param>
/// <param name="Heads">What the hash before it may be.</param>
internal sealed record SuspectRecord(long Sequence, byte[] Body, byte[] Hash, IReadOnlyList<byte[]> Heads)
{
    // Telling "moved" from "changed" compares each with each; beyond this many, "changed" says enough.
    private const int MaxCompared = 32;

    /// <summary>Says what happened to each: changed, moved, or nothing but that its neighbour was moved.</summary>
    public static IEnumerable<VerificationFinding> Explain(Chain chain, IReadOnlyList<SuspectRecord> suspects, ChainHasher hasher)
    {
        var places = suspects.Take(MaxCompared).ToList();
        foreach (var suspect in suspects)
        {
            var original = places.Find(place => suspect.BelongsTo(place, places, hasher));
            if (original is null)
            {
                yield return new VerificationFinding.RecordChanged(chain, suspect.Sequence);
            }
            else if (original.Sequence != suspect.Sequence)
            {
                yield return new VerificationFinding.RecordMoved(chain, suspect.Sequence, original.Sequence);
            }
        }
    }

    // The hash before the place is either what stands there, or was itself moved and so is the hash of another suspect.
    private bool BelongsTo(SuspectRecord place, List<SuspectRecord> places, ChainHasher hasher) =>
        place.Heads.Concat(places.Select(other => other.Hash))
            .Any(head => hasher.Next(head, place.Sequence, Body).AsSpan().SequenceEqual(Hash));
}
