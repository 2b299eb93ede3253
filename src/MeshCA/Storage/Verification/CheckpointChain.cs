using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Writing;
using Microsoft.Data.Sqlite;

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
        var trusted = Trusted(rows, key, findings).ToList();
        if (trusted is not [.., var newest])
        {
            return trusted;
        }

        // Up to the newest that counts: numbers above it are forged, and nothing is missing between them.
        FindMissing(rows.Select(row => row.Number), newest.FirstNumber, newest.Number, findings);
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

    /// <summary>The newest checkpoints with a good signature, oldest of them first.</summary>
    /// <param name="connection">A connection to the store.</param>
    /// <param name="key">The store's key.</param>
    /// <param name="count">How many.</param>
    /// <param name="findings">Gets those on the way that somebody else wrote.</param>
    public static List<CheckpointRow> Newest(
        SqliteConnection connection, CheckpointKey key, int count, List<VerificationFinding> findings)
    {
        var rows = Trusted(CheckpointTable.NewestFirst(connection), key, findings).Take(count).ToList();
        rows.Reverse();
        return rows;
    }

    /// <summary>The oldest checkpoints of use, up to the first that vouches for a record.</summary>
    /// <param name="connection">A connection to the store.</param>
    /// <param name="key">The store's key.</param>
    /// <param name="record">Which record, of which chain.</param>
    /// <param name="state">Where the store stands by the writer's own account: what retention left, and what it signed.</param>
    /// <param name="findings">Gets what is wrong; never nothing where no checkpoint vouches for the record.</param>
    public static IReadOnlyList<CheckpointRow> VouchingFor(
        SqliteConnection connection, CheckpointKey key, ChainPosition record, StoreState state, List<VerificationFinding> findings)
    {
        var trusted = new List<CheckpointRow>();
        var removed = state.Gaps.LastOf(record.Chain)?.Last ?? 0;
        var last = state.LastCheckpoint;
        foreach (var row in Trusted(CheckpointTable.Behind(connection, record.Chain, removed), key, findings))
        {
            trusted.Add(row);
            if (CheckpointTable.HeadOf(row, record.Chain).Sequence >= record.Sequence)
            {
                last = row.Number;
                break;
            }
        }

        var numbers = CheckpointTable.Numbers(connection, state.FirstCheckpoint, last);
        FindMissing(numbers, state.FirstCheckpoint, last, findings);
        return trusted;
    }

    /// <summary>Whether a checkpoint says that the store was found changed.</summary>
    public static bool IsMark(CheckpointRow row) => row.Reason == (long)CheckpointReason.Tampered;

    private static IEnumerable<CheckpointRow> Trusted(
        IEnumerable<CheckpointRow> rows, CheckpointKey key, List<VerificationFinding> findings)
    {
        foreach (var row in rows)
        {
            if (key.Verify(row))
            {
                yield return row;
            }
            else
            {
                findings.Add(new VerificationFinding.CheckpointForged(row.Number));
            }
        }
    }

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

    private static void FindMissing(
        IEnumerable<long> numbers, long first, long last, List<VerificationFinding> findings)
    {
        var expected = first;
        foreach (var number in numbers.Where(number => number >= first && number <= last).Append(last + 1))
        {
            if (number > expected)
            {
                findings.Add(new VerificationFinding.CheckpointsMissing(expected, number - 1));
            }

            expected = number + 1;
        }
    }
}
