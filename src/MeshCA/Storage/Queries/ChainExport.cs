using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Writing;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Queries;

/// <summary>Reads parts of a chain so that somebody without the key-encryption key can verify them.</summary>
internal static class ChainExport
{
    /// <summary>Reads a part inside the connection's present transaction.</summary>
    public static ExportPage Read(SqliteConnection connection, ExportQuery query, CancellationToken cancellationToken)
    {
        var gaps = StoreStateReader.ReadGaps(connection).Where(gap => gap.Chain == (long)query.Chain).OrderBy(gap => gap.First).ToList();
        var first = FirstOf(connection, query, gaps);
        var last = LastOf(connection, query);
        var entries = Walk(Entries(connection, query.Chain, first, cancellationToken), gaps, first)
            .TakeWhile(entry => entry.First <= last).Take(query.Size + 1).ToList();
        var isMore = entries.Count > query.Size;
        var page = entries.Take(query.Size).ToList();
        var storeId = MetaTable.Read(connection, MetaRow.StoreId) ?? [];
        return new(
            storeId,
            PreviousHash(connection, query.Chain, first, storeId, gaps),
            page,
            page.Count == 0 ? [] : Checkpoints(connection, query.Chain, page[0].First, page[^1].Last),
            isMore ? entries[^1].First : null);
    }

    // Who asks for a record that was removed gets the run that it was in.
    private static long FirstOf(SqliteConnection connection, ExportQuery query, List<GapRow> gaps)
    {
        var first = Math.Max(1, query.First);
        if (query.Since is { } since)
        {
            first = Math.Max(first, FirstAt(connection, query.Chain, since) ?? long.MaxValue);
        }

        return gaps.Find(gap => gap.First <= first && gap.Last >= first)?.First ?? first;
    }

    private static long LastOf(SqliteConnection connection, ExportQuery query)
    {
        var last = query.Last > 0 ? query.Last : long.MaxValue;
        return query.Until is { } until && FirstAt(connection, query.Chain, until) is { } behind ? Math.Min(last, behind - 1) : last;
    }

    private static long? FirstAt(SqliteConnection connection, Chain chain, DateTimeOffset time)
    {
        var sql = chain == Chain.Journal
            ? "SELECT seq FROM journal WHERE issued_us >= ? ORDER BY issued_us, seq LIMIT 1"
            : "SELECT seq FROM audit_events WHERE time_us >= ? ORDER BY time_us, seq LIMIT 1";
        using var statement = new SqliteStatement(connection, sql);
        return statement.Bind(StoredTime.ToMicroseconds(time)).Step() ? statement.Number(0) : null;
    }

    private static byte[] PreviousHash(SqliteConnection connection, Chain chain, long first, byte[] storeId, List<GapRow> gaps)
    {
        if (first == 1)
        {
            return ChainHasher.Genesis(chain, storeId).Hash;
        }

        var sql = chain == Chain.Journal ? "SELECT hash FROM journal WHERE seq = ?" : "SELECT hash FROM audit_events WHERE seq = ?";
        using var statement = new SqliteStatement(connection, sql);
        return statement.Bind(first - 1).Step() ? statement.Bytes(0) : gaps.Find(gap => gap.Last == first - 1)?.Hash ?? [];
    }

    private static List<CheckpointRow> Checkpoints(SqliteConnection connection, Chain chain, long first, long last) =>
    [
        .. CheckpointTable.Behind(connection, chain, first - 1)
            .TakeWhile(row => CheckpointTable.HeadOf(row, chain).Sequence <= last),
    ];

    // Puts what was removed between the records, where it was.
    private static IEnumerable<ExportEntry> Walk(IEnumerable<ExportEntry> records, List<GapRow> gaps, long first)
    {
        var removed = new Queue<GapRow>(gaps.Where(gap => gap.First >= first));
        foreach (var record in records)
        {
            while (removed.TryPeek(out var gap) && gap.First < record.First)
            {
                yield return Of(removed.Dequeue());
            }

            yield return record;
        }

        foreach (var gap in removed)
        {
            yield return Of(gap);
        }
    }

    private static ExportEntry Of(GapRow gap) => new(gap.First, gap.Last, gap.Hash);

    private static IEnumerable<ExportEntry> Entries(
        SqliteConnection connection, Chain chain, long first, CancellationToken cancellationToken)
    {
        var writer = new CanonicalWriter();
        using var statement = new SqliteStatement(connection, chain == Chain.Journal ? JournalTable.SelectFrom : AuditTable.SelectFrom);
        statement.Bind(first);
        while (statement.Step())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (chain == Chain.Journal)
            {
                var row = JournalTable.Read(statement);
                yield return Of(row, writer) with { Record = row.ToRecord() };
            }
            else
            {
                var row = AuditTable.Read(statement);
                yield return Of(row, writer) with { Event = row.ToEvent() };
            }
        }
    }

    private static ExportEntry Of(IChainedRow row, CanonicalWriter writer)
    {
        row.Encode(writer.Clear());
        return new(row.Sequence, row.Sequence, row.Hash) { Canonical = writer.Written.ToArray() };
    }
}
