using MeshCA.Consumers;
using MeshCA.Issuance;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Reading;

/// <summary>Reads leaves for the inventory of holders: few columns, and no text that is not needed.</summary>
internal static class LeafReader
{
    // By time through the index; the order by sequence comes to the same, but would read the table.
    private const string StartSql = "SELECT seq FROM journal WHERE issued_us >= ? ORDER BY issued_us, seq LIMIT 1";
    private const string LastSql = "SELECT max(seq) FROM journal";

    private const string LeavesSql =
        "SELECT seq, subject, pod_uid, peer, authority, issued_us, not_after_s, bundle_sequence FROM journal "
        + "WHERE seq > ? AND seq <= ? AND kind = 5 AND not_after_s >= ? AND subject IS NOT NULL ORDER BY seq";

    /// <summary>Finds the sequence number before the first record issued since a time.</summary>
    public static long FindStart(SqliteConnection connection, DateTimeOffset issuedSince)
    {
        using var statement = new SqliteStatement(connection, StartSql);
        statement.Bind(StoredTime.ToMicroseconds(issuedSince));
        return statement.Step() ? statement.Number(0) - 1 : Last(connection);
    }

    /// <summary>Reads the unexpired leaves of a range of sequence numbers.</summary>
    public static LeafPage Read(SqliteConnection connection, long after, int span, DateTimeOffset aliveAt)
    {
        var last = Last(connection);
        var until = Math.Min(after + span, last);
        using var statement = new SqliteStatement(connection, LeavesSql);
        statement.Bind(after).Bind(until).Bind(aliveAt.ToUnixTimeSeconds());
        var leaves = new List<LeafFacts>();
        var authority = new RepeatedText();
        while (statement.Step())
        {
            leaves.Add(new(
                statement.Number(0),
                HolderKey.Of(statement.Utf8(1), statement.Utf8(2), statement.Utf8(3)),
                authority.Of(statement.Utf8(4)),
                StoredTime.FromMicroseconds(statement.Number(5)).ToUnixTimeSeconds(),
                statement.Number(6),
                statement.Number(7)));
        }

        return new(leaves, Math.Max(after, until), until == last || after >= last);
    }

    /// <summary>Reads records by their sequence numbers.</summary>
    public static IReadOnlyDictionary<long, IssuanceRecord> ReadRecords(SqliteConnection connection, IReadOnlyCollection<long> sequences)
    {
        using var statement = new SqliteStatement(connection, JournalTable.SelectFrom);
        var records = new Dictionary<long, IssuanceRecord>();
        foreach (var sequence in sequences)
        {
            if (statement.Bind(sequence).Step() && statement.Number(0) == sequence)
            {
                records[sequence] = JournalTable.Read(statement).ToRecord();
            }

            statement.Reset();
        }

        return records;
    }

    private static long Last(SqliteConnection connection)
    {
        using var statement = new SqliteStatement(connection, LastSql);
        return statement.Step() ? statement.Number(0) : 0; // NULL reads as 0
    }

    // Rows in a row have the same authority, and a string for each would be most of what is allocated.
    private sealed class RepeatedText
    {
        private string _text = "";
        private byte[] _utf8 = [];

        public string Of(ReadOnlySpan<byte> utf8)
        {
            if (!utf8.SequenceEqual(_utf8))
            {
                _utf8 = utf8.ToArray();
                _text = System.Text.Encoding.UTF8.GetString(utf8);
            }

            return _text;
        }
    }
}
