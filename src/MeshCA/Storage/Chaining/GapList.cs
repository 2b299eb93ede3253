using System.Security.Cryptography;
using MeshCA.Storage.Schema;

namespace MeshCA.Storage.Chaining;

/// <summary>All gaps that retention made, at most a few: one run of old leaves between two authorities' records each.</summary>
internal sealed class GapList
{
    private readonly List<GapRow> _gaps;

    /// <summary>Takes gaps in any order.</summary>
    public GapList(IEnumerable<GapRow> gaps)
    {
        _gaps = [.. gaps.OrderBy(gap => gap.Chain).ThenBy(gap => gap.First)];
        Hash = HashOf(_gaps);
    }

    /// <summary>Stands for all gaps in a checkpoint.</summary>
    public byte[] Hash { get; }

    /// <summary>The gaps in order.</summary>
    public IReadOnlyList<GapRow> Gaps => _gaps;

    /// <summary>The gap that begins at a sequence number.</summary>
    public GapRow? StartingAt(Chain chain, long first) =>
        _gaps.Find(gap => gap.Chain == (long)chain && gap.First == first);

    /// <summary>The gap that a sequence number lies in.</summary>
    public GapRow? Containing(Chain chain, long sequence) =>
        _gaps.Find(gap => gap.Chain == (long)chain && gap.First <= sequence && gap.Last >= sequence);

    /// <summary>The chain's last gap.</summary>
    public GapRow? LastOf(Chain chain) => _gaps.FindLast(gap => gap.Chain == (long)chain);

    /// <summary>The list with one more gap, joined with those it touches.</summary>
    public GapList With(GapRow added)
    {
        var before = _gaps.Find(gap => gap.Chain == added.Chain && gap.Last == added.First - 1);
        var after = StartingAt((Chain)added.Chain, added.Last + 1);
        var joined = new GapRow
        {
            Chain = added.Chain,
            First = before?.First ?? added.First,
            Last = after?.Last ?? added.Last,
            Hash = after?.Hash ?? added.Hash,
        };
        return new GapList(_gaps.Where(gap => gap != before && gap != after).Append(joined));
    }

    private static byte[] HashOf(IEnumerable<GapRow> gaps)
    {
        var writer = new CanonicalWriter();
        foreach (var gap in gaps)
        {
            writer.Number(gap.Chain).Number(gap.First).Number(gap.Last).Bytes(gap.Hash);
        }

        return SHA256.HashData(writer.Written);
    }
}
