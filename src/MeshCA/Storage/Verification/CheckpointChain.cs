using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;

namespace MeshCA.Storage.Verification;

/// <summary>Verifies the checkpoints themselves: signatures, numbers, and that each follows the one before.</summary>
internal static class CheckpointChain
{
    /// <summary>Verifies checkpoints.</summary>
    /// <param name="rows">All stored, by number.</param>
    /// <param name="key">The store's key.</param>
    /// <param name="findings">Gets what is wrong.</param>
    /// <returns>Those with a good signature, by number.</returns>
    public static IReadOnlyList<CheckpointRow> Verify(
        IReadOnlyList<CheckpointRow> rows, CheckpointKey key, List<VerificationFinding> findings)
    {
        var trusted = rows.Where(key.Verify).ToList();
        findings.AddRange(rows.Except(trusted).Select(row => new VerificationFinding.CheckpointForged(row.Number)));
        if (trusted is not [.., var newest])
        {
            return trusted;
        }

        FindMissing(rows, newest.FirstNumber, findings);
        foreach (var (before, row) in trusted.Zip(trusted.Skip(1)))
        {
            if (before.Number == row.Number - 1 && !row.Previous.AsSpan().SequenceEqual(key.HashOf(before)))
            {
                findings.Add(new VerificationFinding.CheckpointOutOfPlace(row.Number));
            }
        }

        FindUnfoundedGaps(trusted, findings);
        findings.AddRange(trusted.Where(IsMark).Select(row => new VerificationFinding.TamperingMarked(row.Number)));
        return trusted;
    }

    /// <summary>Whether a checkpoint says that the store was found changed.</summary>
    public static bool IsMark(CheckpointRow row) => row.Reason == (long)CheckpointReason.Tampered;

    // Only retention removes: a list that changed otherwise was put into the table, and signed by a service that took it over.
    private static void FindUnfoundedGaps(IReadOnlyList<CheckpointRow> trusted, List<VerificationFinding> findings)
    {
        var (number, gaps) = (0L, new GapList([]).Hash);
        foreach (var row in trusted)
        {
            if (row.Number == number + 1
                && row.Reason != (long)CheckpointReason.Retention
                && !row.GapsHash.AsSpan().SequenceEqual(gaps))
            {
                findings.Add(new VerificationFinding.GapsWithoutRetention(row.Number));
            }

            (number, gaps) = (row.Number, row.GapsHash);
        }
    }

    private static void FindMissing(IReadOnlyList<CheckpointRow> rows, long first, List<VerificationFinding> findings)
    {
        var expected = first;
        foreach (var row in rows.Where(row => row.Number >= first))
        {
            if (row.Number > expected)
            {
                findings.Add(new VerificationFinding.CheckpointsMissing(expected, row.Number - 1));
            }

            expected = row.Number + 1;
        }
    }
}
