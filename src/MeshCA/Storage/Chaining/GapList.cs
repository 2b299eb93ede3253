using System.Security.Cryptography;
using MeshCA.Storage.Schema;

namespace MeshCA.Storage.Chaining;

/// <summary>All gaps that retention made, at most a few: one run of old leaves between two authorities' records each.</summary>
internal sealed class GapList
{
    private readonly List<GapRow> _gaps;

    // Retention never makes others: a gap that ends before it begins would lead a walk back, and round for ever. They are
    // under the hash all the same, so that they do not pass for nothing.
    private readonly List<GapRow> _possible;

    /// <summary>Takes gaps in any order; untrusted until the newest checkpoint was held against <see cref="Hash"/>.</summary>
    public GapList(IEnumerable<GapRow> gaps)
    {
        _gaps = [.. gaps.OrderBy(gap => gap.Chain).ThenBy(gap => gap.First)];
        _possible = _gaps.FindAll(gap => gap.First >= 1 && gap.First <= gap.Last && gap.Last < long.MaxValue);
        Hash = HashOf(_gaps);
    }

    /// <summary>Stands for all gaps in a checkpoint.</summary>
    public byte[] Hash { get; }

    /// <summary>The gaps in order.</summary>
    public IReadOnlyList<GapRow> Gaps => _gaps;

    /// <summary>The gap that begins at a sequence number.</summary>
    public GapRow? StartingAt(Chain chain, long first) =>
        _possible.Find(gap => gap.Chain == (long)chain && gap.First == first);

    /// <summary>The gap that a sequence number lies in.</summary>
    public GapRow? Containing(Chain chain, long sequence) =>
        _possible.Find(gap => gap.Chain == (long)chain && gap.First <= sequence && gap.Last >= sequence);

    /// <summary>The chain's last gap that ends nowhere behind a sequence number.</summary>
    public GapRow? LastOf(Chain chain, long until = long.MaxValue) =>
        _possible.FindLast(gap => gap.Chain == (long)chain && gap.Last <= until);

    /// <summary>The list with one more gap, joined with those it touches.</summary>
    public GapList With(GapRow added)
    {
        var before = _possible.Find(gap => gap.Chain == added.Chain && gap.Last == added.First - 1);
        var after = StartingAt((Chain)added.Chain, added.Last + 1);
        var joined = new GapRow
        {
            Chain = added.Chain,
            First = before?.First ?? added.First,
            Last = after?.Last ?? added.Last,
            Hash = after?.Hash ?? added.Hash,
            Before = before?.Before ?? added.Before,
        };
        return new GapList(_gaps.Where(gap => gap != before && gap != after).Append(joined));
    }

    // With the hash before each gap: a record that stayed between two of them has no successor any more that vouches for it.
    private static byte[] HashOf(IEnumerable<GapRow> gaps)
    {
        var writer = new CanonicalWriter();
        foreach (var gap in gaps)
        {
            writer.Number(gap.Chain).Number(gap.First).Number(gap.Last).Bytes(gap.Hash).Bytes(gap.Before);
        }

        return SHA256.HashData(writer.Written);
    }
}
