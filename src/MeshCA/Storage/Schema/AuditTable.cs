using MeshCA.Storage.Connections;

namespace MeshCA.Storage.Schema;

/// <summary>Reads and writes audit events without EF.</summary>
internal static class AuditTable
{
    private const string Columns = "seq, version, time_us, action, actor, target, outcome, detail, hash";

    /// <summary>Inserts one; the parameters in the order of <see cref="Bind"/>.</summary>
    public const string Insert = $"INSERT INTO audit_events ({Columns}) VALUES (?,?,?,?,?,?,?,?,?)";

    /// <summary>The rows from a sequence number on, in the order of the chain.</summary>
    public const string SelectFrom = $"SELECT {Columns} FROM audit_events WHERE seq >= ? ORDER BY seq";

    /// <summary>Binds a row to <see cref="Insert"/>.</summary>
    public static SqliteStatement Bind(SqliteStatement statement, AuditRow row) => statement
        .Bind(row.Sequence)
        .Bind(row.Version)
        .Bind(row.Time)
        .Bind(row.Action)
        .Bind(row.Actor)
        .Bind(row.Target)
        .Bind(row.Outcome)
        .Bind(row.Detail)
        .Bind(row.Hash);

    /// <summary>Reads the present row of <see cref="SelectFrom"/>.</summary>
    public static AuditRow Read(SqliteStatement statement) => new()
    {
        Sequence = statement.Number(0),
        Version = statement.Number(1),
        Time = statement.Number(2),
        Action = statement.Text(3) ?? "",
        Actor = statement.Text(4) ?? "",
        Target = statement.Text(5) ?? "",
        Outcome = statement.Text(6) ?? "",
        Detail = statement.Text(7) ?? "",
        Hash = statement.Bytes(8),
    };
}
