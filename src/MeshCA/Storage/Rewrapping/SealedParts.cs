using MeshCA.Storage.Backups;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Consumers;
using MeshCA.Storage.Federation;
using MeshCA.Storage.Policies;
using MeshCA.Storage.Revocations;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Sealing;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Rewrapping;

/// <summary>Everything in the store that is sealed under the key-encryption key.</summary>
/// <remarks>Whoever seals something more adds it here; a test looks for the old key's name in the whole database.</remarks>
internal static class SealedParts
{
    private static readonly string[] Tables = ["meta", "authorities", "consumers"];

    /// <summary>Opens each part and seals it under another key, inside the connection's present transaction.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="old">The key that sealed.</param>
    /// <param name="next">The key to be.</param>
    /// <exception cref="Authorities.KeySealException">A part was changed, or another key sealed it.</exception>
    public static void Reseal(SqliteConnection connection, KeyEncryptionKey old, KeyEncryptionKey next)
    {
        StoreIdentity.Reseal(connection, old, next);
        new AuthorityTable(old).Reseal(connection, next);
        new PolicyTable(old).Reseal(connection, next);
        new ConsumerTable(old).Reseal(connection, next);
        new RevocationTable(old).Reseal(connection, next);
        new FederationTable(old).Reseal(connection, next);
        RestoreMark.Reseal(connection, old, next);
        foreach (var table in Tables)
        {
            Rewrite(connection, table);
        }
    }

    // A value that was replaced before, by one of another length, is still in its page's free room. Emptying a table whole
    // wipes its pages where secure_delete is on; taking rows out one by one does not.
    private static void Rewrite(SqliteConnection connection, string table)
    {
        StoreConnections.Execute(connection, $"CREATE TEMP TABLE rewritten AS SELECT * FROM {table}");
        StoreConnections.Execute(connection, $"DELETE FROM {table}");
        StoreConnections.Execute(connection, $"INSERT INTO {table} SELECT * FROM rewritten");
        StoreConnections.Execute(connection, "DROP TABLE rewritten");
    }
}
