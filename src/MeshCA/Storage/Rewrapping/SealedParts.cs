using MeshCA.Storage.Consumers;
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
    }
}
