using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Verification;
using MeshCA.Storage.Writing;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Retention;

/// <summary>Removes verified records and signs for what it removed, in one transaction.</summary>
internal sealed class PruneWrite(VerifiedRange verified) : StoreWrite
{
    private readonly PruneRange _range = verified.Range;

    /// <inheritdoc />
    public override bool IsAlone => true;

    /// <summary>What kept the records from being removed; null where they are gone.</summary>
    public VerificationFinding? Finding { get; private set; }

    /// <inheritdoc />
    public override void Apply(StoreTransaction transaction)
    {
        var connection = transaction.Connection;
        if (!LeadsToLastHash(connection))
        {
            Finding = new VerificationFinding.RecordsRewritten(_range.Chain, _range.First, _range.Last, verified.Checkpoint);
            transaction.MarkTampering([Finding]);
            return;
        }

        Remove(connection);
        var gaps = transaction.State.Gaps.With(verified.ToGap());
        WriteGaps(connection, gaps);
        RemoveCheckpoints(connection, gaps);
        var first = FirstCheckpoint(connection) ?? transaction.State.LastCheckpoint + 1;
        transaction.Advance(state => state with { Gaps = gaps, FirstCheckpoint = first });
        transaction.AppendNotice("retention.pruned", "ok", $"{_range.Chain} {_range.First}-{_range.Last}");
        transaction.Checkpoint(CheckpointReason.Retention);
    }

    // Once more, inside the transaction that removes them: they were verified on another connection, and somebody may have
    // come in between. The hash at the end was signed for, so no other records lead to it.
    private bool LeadsToLastHash(SqliteConnection connection)
    {
        using var hasher = new ChainHasher();
        using var rows = new SqliteStatement(connection, ChainTable.SelectFrom(_range.Chain));
        var writer = new CanonicalWriter();
        var hash = verified.BeforeHash;
        rows.Bind(_range.First);
        for (var sequence = _range.First; sequence <= _range.Last; sequence++)
        {
            if (!rows.Step())
            {
                return false;
            }

            var row = ChainTable.Read(_range.Chain, rows);
            row.Encode(writer.Clear());
            hash = hasher.Next(hash, row.Sequence, writer.Written);
        }

        return hash.AsSpan().SequenceEqual(verified.LastHash);
    }

    private void Remove(SqliteConnection connection)
    {
        using var delete = new SqliteStatement(
            connection, $"DELETE FROM {ChainTable.Name(_range.Chain)} WHERE seq BETWEEN ? AND ?");
        delete.Bind(_range.First).Bind(_range.Last).Run();
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
