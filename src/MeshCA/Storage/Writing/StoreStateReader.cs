using Microsoft.Data.Sqlite;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;

namespace MeshCA.Storage.Writing;

/// <summary>Reads from the tables where a store stands.</summary>
internal static class StoreStateReader
{
    /// <summary>Reads the state inside the connection's present transaction.</summary>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    public static StoreState Read(SqliteConnection connection, ReadOnlySpan<byte> storeId)
    {
        var gaps = new GapList(ReadGaps(connection));
        var checkpoint = CheckpointTable.Newest(connection);
        return new StoreState
        {
            Journal = HeadOf(connection, Chain.Journal, gaps, checkpoint, storeId),
            Audit = HeadOf(connection, Chain.Audit, gaps, checkpoint, storeId),
            NewestIssuedAt = NewestIssuedAt(connection),
            Checkpoint = checkpoint,
            FirstCheckpoint = checkpoint?.FirstNumber ?? 1,
            Gaps = gaps,
            Authorities = AuthorityTable.ReadRevision(connection),
        };
    }

    /// <summary>Reads all gaps.</summary>
    public static IReadOnlyList<GapRow> ReadGaps(SqliteConnection connection)
    {
        using var statement = new SqliteStatement(connection, "SELECT chain, first_seq, last_seq, hash FROM gaps");
        var gaps = new List<GapRow>();
        while (statement.Step())
        {
            gaps.Add(new()
            {
                Chain = statement.Number(0),
                First = statement.Number(1),
                Last = statement.Number(2),
                Hash = statement.Bytes(3),
            });
        }

        return gaps;
    }

    // The furthest of last row, last gap and newest checkpoint. Where somebody cut the tail off, the checkpoint is ahead of
    // the rows: going on behind it leaves the missing numbers missing for ever, instead of filling them with new records.
    private static ChainHead HeadOf(
        SqliteConnection connection, Chain chain, GapList gaps, CheckpointRow? checkpoint, ReadOnlySpan<byte> storeId)
    {
        var head = LastRow(connection, chain) ?? ChainHasher.Genesis(chain, storeId);
        if (gaps.LastOf(chain) is { } gap && gap.Last > head.Sequence)
        {
            head = new(gap.Last, gap.Hash);
        }

        return checkpoint is not null && CheckpointTable.HeadOf(checkpoint, chain) is var signed && signed.Sequence > head.Sequence
            ? signed
            : head;
    }

    private static ChainHead? LastRow(SqliteConnection connection, Chain chain)
    {
        var table = chain == Chain.Journal ? "journal" : "audit_events";
        using var statement = new SqliteStatement(connection, $"SELECT seq, hash FROM {table} ORDER BY seq DESC LIMIT 1");
        return statement.Step() ? new ChainHead(statement.Number(0), statement.Bytes(1)) : null;
    }

    private static long NewestIssuedAt(SqliteConnection connection)
    {
        using var statement = new SqliteStatement(connection, "SELECT max(issued_us) FROM journal");
        return statement.Step() ? statement.Number(0) : 0;
    }
}
