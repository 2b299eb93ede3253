using Microsoft.Data.Sqlite;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;

namespace MeshCA.Storage.Schema;

/// <summary>Reads signed checkpoints.</summary>
internal static class CheckpointTable
{
    private const string Columns =
        "number, version, time_us, reason, first_number, previous, journal_seq, journal_hash, audit_seq, audit_hash, "
        + "gaps_hash, \"key\", signature";

    /// <summary>Inserts one; the parameters in the order of <see cref="Bind"/>.</summary>
    public const string Insert = $"INSERT INTO checkpoints ({Columns}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)";

    /// <summary>The newest checkpoint.</summary>
    public static CheckpointRow? Newest(SqliteConnection connection) => Latest(connection, 1) is [var newest] ? newest : null;

    /// <summary>All checkpoints, oldest first.</summary>
    public static IReadOnlyList<CheckpointRow> All(SqliteConnection connection) => Latest(connection, long.MaxValue);

    /// <summary>The newest checkpoints, oldest of them first.</summary>
    public static IReadOnlyList<CheckpointRow> Latest(SqliteConnection connection, long count)
    {
        using var statement = new SqliteStatement(connection, $"SELECT {Columns} FROM checkpoints ORDER BY number DESC LIMIT ?");
        statement.Bind(count);
        var rows = new List<CheckpointRow>();
        while (statement.Step())
        {
            rows.Add(Read(statement));
        }

        rows.Reverse();
        return rows;
    }

    /// <summary>The link of a chain that a checkpoint vouches for.</summary>
    public static ChainHead HeadOf(CheckpointRow row, Chain chain) => chain == Chain.Journal
        ? new(row.JournalSequence, row.JournalHash)
        : new(row.AuditSequence, row.AuditHash);

    /// <summary>Binds a row to <see cref="Insert"/>.</summary>
    public static SqliteStatement Bind(SqliteStatement statement, CheckpointRow row) => statement
        .Bind(row.Number)
        .Bind(row.Version)
        .Bind(row.Time)
        .Bind(row.Reason)
        .Bind(row.FirstNumber)
        .Bind(row.Previous)
        .Bind(row.JournalSequence)
        .Bind(row.JournalHash)
        .Bind(row.AuditSequence)
        .Bind(row.AuditHash)
        .Bind(row.GapsHash)
        .Bind(row.Key)
        .Bind(row.Signature);

    private static CheckpointRow Read(SqliteStatement statement) => new()
    {
        Number = statement.Number(0),
        Version = statement.Number(1),
        Time = statement.Number(2),
        Reason = statement.Number(3),
        FirstNumber = statement.Number(4),
        Previous = statement.Bytes(5),
        JournalSequence = statement.Number(6),
        JournalHash = statement.Bytes(7),
        AuditSequence = statement.Number(8),
        AuditHash = statement.Bytes(9),
        GapsHash = statement.Bytes(10),
        Key = statement.Bytes(11),
        Signature = statement.Bytes(12),
    };
}
