using Microsoft.Data.Sqlite;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Verification;

namespace MeshCA.Storage.Writing;

/// <summary>Reads from the tables where a store stands.</summary>
internal static class StoreStateReader
{
    // How far the store may have gone on since its newest checkpoint: far more than any interval, so far less than there are
    // numbers that going on behind it always leaves room. What stands further away is somebody else's.
    private const long MaxAdvance = 1L << 40;

    /// <summary>Reads the state inside the connection's present transaction.</summary>
    /// <remarks>
    /// Nothing in the tables is believed but a signed checkpoint. Verifying tells what is wrong with the rest; here it only
    /// must not keep the service from going on.
    /// </remarks>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    public static StoreState Read(SqliteConnection connection, StoreIdentity identity)
    {
        var gaps = new GapList(ReadGaps(connection));
        var checkpoint = CheckpointChain.Newest(connection, identity.CheckpointKey, 1, []) is [var newest] ? newest : null;
        return new StoreState
        {
            Journal = HeadOf(connection, Chain.Journal, gaps, checkpoint, identity),
            Audit = HeadOf(connection, Chain.Audit, gaps, checkpoint, identity),
            NewestIssuedAt = NewestIssuedAt(connection),
            Checkpoint = checkpoint,
            LastCheckpoint = CheckpointTable.LastNumber(connection, (checkpoint?.Number ?? 0) + MaxAdvance),
            FirstCheckpoint = checkpoint?.FirstNumber ?? 1,
            Gaps = gaps,
            Authorities = AuthorityTable.ReadRevision(connection),
        };
    }

    /// <summary>Reads all gaps.</summary>
    public static IReadOnlyList<GapRow> ReadGaps(SqliteConnection connection)
    {
        using var statement = new SqliteStatement(
            connection,
            "SELECT chain, first_seq, last_seq, hash, CASE chain "
            + "WHEN 1 THEN (SELECT hash FROM journal WHERE seq = first_seq - 1) "
            + "WHEN 2 THEN (SELECT hash FROM audit_events WHERE seq = first_seq - 1) END FROM gaps");
        var gaps = new List<GapRow>();
        while (statement.Step())
        {
            gaps.Add(new()
            {
                Chain = statement.Number(0),
                First = statement.Number(1),
                Last = statement.Number(2),
                Hash = statement.Bytes(3),
                Before = statement.Bytes(4),
            });
        }

        return gaps;
    }

    // The furthest of last row, last gap and newest checkpoint. Where somebody cut the tail off, the checkpoint is ahead of
    // the rows: going on behind it leaves the missing numbers missing for ever, instead of filling them with new records.
    private static ChainHead HeadOf(
        SqliteConnection connection, Chain chain, GapList gaps, CheckpointRow? checkpoint, StoreIdentity identity)
    {
        var signed = checkpoint is null
            ? ChainHasher.Genesis(chain, identity.StoreId)
            : CheckpointTable.HeadOf(checkpoint, chain);
        var bound = signed.Sequence + MaxAdvance;
        var gap = gaps.LastOf(chain, bound) is { } last ? new ChainHead(last.Last, last.Hash) : signed;
        ChainHead[] heads = [signed, gap, LastRow(connection, chain, bound) ?? signed];
        return heads.MaxBy(head => head.Sequence)!;
    }

    private static ChainHead? LastRow(SqliteConnection connection, Chain chain, long bound)
    {
        using var statement = new SqliteStatement(
            connection,
            $"SELECT seq, hash FROM {ChainTable.Name(chain)} WHERE seq BETWEEN 1 AND ? ORDER BY seq DESC LIMIT 1");
        return statement.Bind(bound).Step() ? new ChainHead(statement.Number(0), statement.Bytes(1)) : null;
    }

    private static long NewestIssuedAt(SqliteConnection connection)
    {
        using var statement = new SqliteStatement(connection, "SELECT max(issued_us) FROM journal");
        return statement.Step() ? Math.Max(0, statement.Number(0)) : 0;
    }
}
