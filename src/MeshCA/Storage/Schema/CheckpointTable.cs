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

    /// <summary>All checkpoints, oldest first.</summary>
    public static IReadOnlyList<CheckpointRow> All(SqliteConnection connection) =>
        [.. Rows(connection, $"SELECT {Columns} FROM checkpoints ORDER BY number")];

    /// <summary>The checkpoints from the newest back, read one by one.</summary>
    public static IEnumerable<CheckpointRow> NewestFirst(SqliteConnection connection) =>
        Rows(connection, $"SELECT {Columns} FROM checkpoints ORDER BY number DESC");

    /// <summary>The checkpoints that end behind a record of a chain, oldest first, read one by one.</summary>
    public static IEnumerable<CheckpointRow> Behind(SqliteConnection connection, Chain chain, long sequence)
    {
        var column = chain == Chain.Journal ? "journal_seq" : "audit_seq";
        return Rows(connection, $"SELECT {Columns} FROM checkpoints WHERE {column} > ? ORDER BY number", sequence);
    }

    /// <summary>The numbers that are taken from one to another, in order.</summary>
    public static IEnumerable<long> Numbers(SqliteConnection connection, long first, long last)
    {
        using var statement = new SqliteStatement(
            connection, "SELECT number FROM checkpoints WHERE number BETWEEN ? AND ? ORDER BY number");
        statement.Bind(first).Bind(last);
        while (statement.Step())
        {
            yield return statement.Number(0);
        }
    }

    /// <summary>The greatest number taken that is not above a bound; 0 for none.</summary>
    public static long LastNumber(SqliteConnection connection, long bound)
    {
        using var statement = new SqliteStatement(connection, "SELECT max(number) FROM checkpoints WHERE number <= ?");
        return statement.Bind(bound).Step() ? statement.Number(0) : 0;
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

    private static IEnumerable<CheckpointRow> Rows(SqliteConnection connection, string sql, long? parameter = null)
    {
        using var statement = new SqliteStatement(connection, sql);
        if (parameter is { } value)
        {
            statement.Bind(value);
        }

        while (statement.Step())
        {
            yield return Read(statement);
        }
    }

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
