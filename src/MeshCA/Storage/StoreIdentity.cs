using System.Security.Cryptography;
using MeshCA.Authorities;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Sealing;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage;

/// <summary>What makes a store this store: its random name and the key that signs its checkpoints.</summary>
internal sealed class StoreIdentity : IDisposable
{
    private const int IdSize = 16;

    private StoreIdentity(byte[] storeId, CheckpointKey checkpointKey)
    {
        StoreId = storeId;
        CheckpointKey = checkpointKey;
    }

    /// <summary>The random name.</summary>
    public byte[] StoreId { get; }

    /// <summary>Signs and verifies checkpoints.</summary>
    public CheckpointKey CheckpointKey { get; }

    /// <summary>Opens the identity; null where the store has none.</summary>
    /// <exception cref="KeySealException">The key-encryption key is not the store's.</exception>
    public static StoreIdentity? Open(SqliteConnection connection, KeyEncryptionKey kek) =>
        MetaTable.Read(connection, MetaRow.StoreId) is { } storeId
        && MetaTable.Read(connection, MetaRow.CheckpointKey) is { } sealedKey
            ? new StoreIdentity(storeId, CheckpointKey.Open(kek, sealedKey, storeId))
            : null;

    /// <summary>Opens the identity, or gives an empty store one.</summary>
    /// <returns>Null where a store that holds records lost it.</returns>
    /// <exception cref="KeySealException">The key-encryption key is not the store's.</exception>
    public static StoreIdentity? OpenOrCreate(SqliteConnection connection, KeyEncryptionKey kek) =>
        Open(connection, kek) ?? (IsEmpty(connection) ? Create(connection, kek) : null);

    /// <summary>Seals the checkpoint key under another key-encryption key, inside the connection's present transaction.</summary>
    /// <exception cref="KeySealException">The key-encryption key is not the store's.</exception>
    public static void Reseal(SqliteConnection connection, KeyEncryptionKey old, KeyEncryptionKey next)
    {
        var storeId = MetaTable.Read(connection, MetaRow.StoreId) ?? [];
        var sealedKey = MetaTable.Read(connection, MetaRow.CheckpointKey) ?? [];
        MetaTable.Write(connection, MetaRow.CheckpointKey, CheckpointKey.Reseal(old, next, sealedKey, storeId));
    }

    /// <inheritdoc />
    public void Dispose() => CheckpointKey.Dispose();

    private static bool IsEmpty(SqliteConnection connection) =>
        StoreConnections.Execute(
            connection,
            "SELECT EXISTS (SELECT 1 FROM meta UNION ALL SELECT 1 FROM journal UNION ALL SELECT 1 FROM checkpoints)") is 0L;

    private static StoreIdentity? Create(SqliteConnection connection, KeyEncryptionKey kek)
    {
        var storeId = RandomNumberGenerator.GetBytes(IdSize);
        using (var transaction = connection.BeginTransaction())
        {
            MetaTable.Write(connection, MetaRow.StoreId, storeId);
            MetaTable.Write(connection, MetaRow.CheckpointKey, CheckpointKey.CreateSealed(kek, storeId));
            transaction.Commit();
        }

        return Open(connection, kek);
    }
}
