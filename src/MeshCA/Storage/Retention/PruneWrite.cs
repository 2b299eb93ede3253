using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Writing;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Retention;

/// <summary>Removes records and signs for what it removed, in one transaction.</summary>
internal sealed class PruneWrite(IReadOnlyList<PruneRange> ranges) : StoreWrite
{
    /// <inheritdoc />
    public override bool IsAlone => true;

    /// <inheritdoc />
    public override void Apply(StoreTransaction transaction)
    {
        var connection = transaction.Connection;
        var gaps = ranges.Aggregate(transaction.State.Gaps, (list, range) => list.With(Remove(connection, range)));
        WriteGaps(connection, gaps);
        RemoveCheckpoints(connection, gaps);
        var first = FirstCheckpoint(connection) ?? (transaction.State.Checkpoint?.Number ?? 0) + 1;
        transaction.Advance(state => state with { Gaps = gaps, FirstCheckpoint = first });
        transaction.AppendNotice("retention.pruned", "ok", string.Join(", ", ranges.Select(Describe)));
        transaction.Checkpoint(CheckpointReason.Retention);
    }

    private static string Describe(PruneRange range) => $"{range.Chain} {range.First}-{range.Last}";

    private static string Table(Chain chain) => chain == Chain.Journal ? "journal" : "audit_events";

    private static GapRow Remove(SqliteConnection connection, PruneRange range)
    {
        using var last = new SqliteStatement(connection, $"SELECT hash FROM {Table(range.Chain)} WHERE seq = ?");
        if (!last.Bind(range.Last).Step())
        {
            throw new ArgumentException($"there is no record {range.Last} to remove", nameof(range));
        }

        var hash = last.Bytes(0);
        last.Reset();
        using var delete = new SqliteStatement(connection, $"DELETE FROM {Table(range.Chain)} WHERE seq BETWEEN ? AND ?");
        delete.Bind(range.First).Bind(range.Last).Run();
        return new GapRow { Chain = (long)range.Chain, First = range.First, Last = range.Last, Hash = hash };
    }

    // All anew: there are a few, and joined ones change their keys.
    private static void WriteGaps(SqliteConnection connection, GapList gaps)
    {
        StoreConnections.Execute(connection, "DELETE FROM gaps");
        using var insert = new SqliteStatement(connection, "INSERT INTO gaps (chain, first_seq, last_seq, hash) VALUES (?,?,?,?)");
        foreach (var gap in gaps.Gaps)
        {
            insert.Bind(gap.Chain).Bind(gap.First).Bind(gap.Last).Bind(gap.Hash).Run();
        }
    }

    // A checkpoint is of use as long as it ends at a record that is still there, in either chain. A mark of tampering stays,
    // and all after it, which shows that none was taken out: retention must not make a changed store look intact again.
    private static void RemoveCheckpoints(SqliteConnection connection, GapList gaps)
    {
        using var delete = new SqliteStatement(
            connection,
            "DELETE FROM checkpoints WHERE journal_seq <= ? AND audit_seq <= ? "
            + "AND number < coalesce((SELECT min(number) FROM checkpoints WHERE reason = ?), number + 1)");
        delete
            .Bind(gaps.LastOf(Chain.Journal)?.Last ?? 0)
            .Bind(gaps.LastOf(Chain.Audit)?.Last ?? 0)
            .Bind((long)CheckpointReason.Tampered)
            .Run();
    }

    private static long? FirstCheckpoint(SqliteConnection connection) =>
        StoreConnections.Execute(connection, "SELECT min(number) FROM checkpoints") as long?;
}
