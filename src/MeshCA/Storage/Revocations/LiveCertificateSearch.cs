using MeshCA.Issuance;
using MeshCA.Revocations;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Revocations;

/// <summary>Finds certificates that have not ended in the journal.</summary>
internal static class LiveCertificateSearch
{
    /// <summary>Finds them inside the connection's present transaction.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="query">Which.</param>
    public static LiveCertificates Find(SqliteConnection connection, LiveQuery query)
    {
        var (condition, bind) = ConditionOf(query);
        var where = $"FROM journal WHERE issued_us >= ? AND not_after_s >= ? AND {condition}";
        using var total = new SqliteStatement(connection, $"SELECT count(*), max(not_after_s) {where}");
        Bind(total, query, bind);
        var (count, last) = total.Step() ? (total.Number(0), total.IsNull(1) ? null : (long?)total.Number(1)) : (0, null);
        return new(count, last is { } seconds ? StoredTime.FromSeconds(seconds) : null, First(connection, where, query, bind));
    }

    private static List<LiveCertificate> First(SqliteConnection connection, string where, LiveQuery query, Action<SqliteStatement> bind)
    {
        using var statement = new SqliteStatement(
            connection, $"SELECT serial, authority, not_after_s {where} ORDER BY not_after_s DESC LIMIT ?");
        Bind(statement, query, bind);
        statement.Bind(query.Limit);
        var found = new List<LiveCertificate>();
        while (query.Limit > 0 && statement.Step())
        {
            if (SerialNumber.TryRead(statement.Bytes(0), out var serial))
            {
                found.Add(new(serial, statement.Text(1) ?? "", StoredTime.FromSeconds(statement.Number(2))));
            }
        }

        return found;
    }

    private static void Bind(SqliteStatement statement, LiveQuery query, Action<SqliteStatement> bind) =>
        bind(statement.Bind(StoredTime.ToMicroseconds(query.IssuedSince)).Bind(query.Now.ToUnixTimeSeconds()));

    // The tag is in the index of times, so that no other identity's record is read. What lies below an ID are the texts between
    // the ID with a slash and the ID with the character behind the slash. A serial is looked up in the index alone first.
    private static (string Condition, Action<SqliteStatement> Bind) ConditionOf(LiveQuery query) => query switch
    {
        { Ban: { Kind: RevocationKind.Identity, Subject: var id } } =>
            ("kind = 5 AND subject_tag = ? AND subject = ?", statement => statement.Bind(JournalRow.TagOf(id)).Bind(id)),
        { Ban.Subject: var prefix } =>
            ("kind = 5 AND (subject = ? OR (subject > ? AND subject < ?))", statement => statement.Bind(prefix).Bind(prefix + '/').Bind(prefix + '0')),
        { Serial: { } serial } => ("kind <> 6 AND seq IN (SELECT seq FROM journal WHERE serial = ?)", statement => statement.Bind(serial.ToByteArray())),
        { Key: { } key } => ("kind = 5 AND \"key\" = ?", statement => statement.Bind(key.ToByteArray())),
        { Authority: { } authority } => ("kind = 5 AND authority = ?", statement => statement.Bind(authority)),
        _ => throw new ArgumentException("nothing is asked for", nameof(query)),
    };
}
