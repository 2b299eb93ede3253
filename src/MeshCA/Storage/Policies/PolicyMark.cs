using MeshCA.Authorities;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Sealing;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Policies;

/// <summary>That a store has kept policies, remembered where nobody can take it off: in the seal of the key of its checkpoints.</summary>
/// <remarks>
/// Whoever removed all policies, seal included, would otherwise have made a store that never had any, and so opened all that
/// they closed. Without the key of its checkpoints a store does not open, and without the key-encryption key nobody seals it anew.
/// </remarks>
internal static class PolicyMark
{
    /// <summary>Whether it is there, inside the connection's present transaction.</summary>
    public static bool IsSet(SqliteConnection connection) => CheckpointKey.IsMarked(MetaTable.Read(connection, MetaRow.CheckpointKey));

    /// <summary>Sets it inside the connection's present transaction.</summary>
    /// <exception cref="KeySealException">The key-encryption key is not the store's.</exception>
    public static void Set(SqliteConnection connection, KeyEncryptionKey kek)
    {
        if (MetaTable.Read(connection, MetaRow.CheckpointKey) is { } sealedKey && !CheckpointKey.IsMarked(sealedKey)
            && MetaTable.Read(connection, MetaRow.StoreId) is { } storeId)
        {
            MetaTable.Write(connection, MetaRow.CheckpointKey, CheckpointKey.Marked(kek, sealedKey, storeId));
        }
    }

    /// <summary>Sets it in a store that has policies from before there was a mark.</summary>
    /// <exception cref="KeySealException">The key-encryption key is not the store's.</exception>
    public static void SetIfKept(SqliteConnection connection, KeyEncryptionKey kek)
    {
        if (MetaTable.Read(connection, MetaRow.Policies) is not null && !IsSet(connection))
        {
            using var transaction = connection.BeginTransaction();
            Set(connection, kek);
            transaction.Commit();
        }
    }
}
