using Microsoft.Data.Sqlite;

namespace MeshCA.IntegrationTests.Running;

/// <summary>The store's database, read as any program that knows SQLite reads it.</summary>
internal sealed class StoreFile(string path)
{
    /// <summary>Fingerprints of the leaves on record, in hexadecimal.</summary>
    public HashSet<string> Leaves() => [.. Read("SELECT lower(hex(certificate)) FROM journal WHERE kind = 5").Select(row => row[0])];

    /// <summary>How many certificates of a kind are on record.</summary>
    public int Count(int kind) => int.Parse(Read($"SELECT count(*) FROM journal WHERE kind = {kind}")[0][0], null);

    /// <summary>The audit events of an action: actor, outcome, detail.</summary>
    public IReadOnlyList<AuditEntry> Audit(string action) =>
    [
        .. Read("SELECT actor, outcome, detail FROM audit_events WHERE action = $value", action)
            .Select(row => new AuditEntry(row[0], row[1], row[2])),
    ];

    /// <summary>Reads rows as text.</summary>
    public List<string[]> Read(string sql, string? value = null)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        if (value is not null)
        {
            command.Parameters.AddWithValue("$value", value);
        }

        using var reader = command.ExecuteReader();
        var rows = new List<string[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i).ToString() ?? "")]);
        }

        return rows;
    }
}

/// <summary>One audit event.</summary>
internal sealed record AuditEntry(string Actor, string Outcome, string Detail);
