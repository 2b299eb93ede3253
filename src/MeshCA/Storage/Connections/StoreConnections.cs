using System.Globalization;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Connections;

/// <summary>Opens connections to one database, each with the settings its use needs.</summary>
internal static class StoreConnections
{
    private const int BusyMilliseconds = 5_000;

    /// <summary>Opens the one connection that writes.</summary>
    /// <param name="path">The database file, which exists.</param>
    /// <param name="walCheckpointPages">Pages in the write-ahead log before they move into the database.</param>
    /// <exception cref="SqliteException">It cannot be opened or is no database.</exception>
    /// <exception cref="StoreNotDurableException">SQLite does not take the settings that make commits durable.</exception>
    public static SqliteConnection OpenWriter(string path, int walCheckpointPages)
    {
        var connection = Open(path, SqliteOpenMode.ReadWrite);
        try
        {
            Execute(connection, "PRAGMA journal_mode=WAL");
            Execute(connection, "PRAGMA synchronous=FULL");
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA wal_autocheckpoint={walCheckpointPages}"));
            Execute(connection, "PRAGMA journal_size_limit=67108864");
            Execute(connection, "PRAGMA cache_size=-16384");
            RequireDurable(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Opens a connection that only reads; it sees what is committed and never waits for the writer.</summary>
    /// <exception cref="SqliteException">It cannot be opened or is no database.</exception>
    public static SqliteConnection OpenReader(string path) => Open(path, SqliteOpenMode.ReadOnly);

    /// <summary>Runs a statement and gives its first value.</summary>
    public static object? Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    // A build or file system that cannot do WAL answers the PRAGMA with another mode and goes on: only reading back tells.
    private static void RequireDurable(SqliteConnection connection)
    {
        const long full = 2;
        if (Execute(connection, "PRAGMA journal_mode") is not "wal")
        {
            throw new StoreNotDurableException("the database does not run in journal mode `wal`");
        }

        if (Execute(connection, "PRAGMA synchronous") is not full)
        {
            throw new StoreNotDurableException("the database does not run with `synchronous=FULL`");
        }
    }

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        // Without pooling: a closed connection must let go of the file, or a failed one would come back.
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false };
        var connection = new SqliteConnection(settings.ToString());
        try
        {
            connection.Open();
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout={BusyMilliseconds}"));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}

/// <summary>The store cannot promise that a commit survives a crash.</summary>
internal sealed class StoreNotDurableException(string message) : Exception(message);
