using MeshCA.Storage.Connections;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Schema;

/// <summary>Reads and writes facts about the store.</summary>
internal static class MetaTable
{
    /// <summary>Reads a fact; null if it is not there.</summary>
    public static byte[]? Read(SqliteConnection connection, string name)
    {
        using var statement = new SqliteStatement(connection, "SELECT value FROM meta WHERE name = ?");
        return statement.Bind(name).Step() ? statement.Bytes(0) : null;
    }

    /// <summary>Writes a fact, in place of the one before.</summary>
    public static void Write(SqliteConnection connection, string name, byte[] value)
    {
        using var statement = new SqliteStatement(
            connection, "INSERT INTO meta (name, value) VALUES (?,?) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
        statement.Bind(name).Bind(value).Run();
    }
}
