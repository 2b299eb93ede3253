using System.Buffers.Binary;
using MeshCA.Authorities;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Sealing;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Backups;

/// <summary>That a store was restored from a backup, kept in it sealed: since when its journal is whole again, and from which numbers it went on.</summary>
/// <param name="At">When it was restored. Certificates issued between the backup and then have no record.</param>
/// <param name="AuthorityRevision">The revision of the authorities in the backup, and one for each second between backup and restore.</param>
/// <param name="RevocationRevision">The same of the revocations.</param>
internal sealed record RestoreMark(DateTimeOffset At, long AuthorityRevision, long RevocationRevision)
{
    private const int Size = 3 * sizeof(long);
    private const string Context = "meta/restored";

    /// <summary>Reads it.</summary>
    /// <returns>Null in a store that was never restored.</returns>
    /// <exception cref="KeySealException">Something else changed it, or the key-encryption key is another.</exception>
    public static RestoreMark? Read(SqliteConnection connection, KeyEncryptionKey kek) =>
        MetaTable.Read(connection, MetaRow.Restored) is { } value ? Of(kek.Open(value, Context)) : null;

    /// <summary>Writes it inside the connection's present transaction; of two restores the last one counts.</summary>
    public void Write(SqliteConnection connection, KeyEncryptionKey kek)
    {
        Span<byte> content = stackalloc byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(content, StoredTime.ToMicroseconds(At));
        BinaryPrimitives.WriteInt64BigEndian(content[sizeof(long)..], AuthorityRevision);
        BinaryPrimitives.WriteInt64BigEndian(content[(2 * sizeof(long))..], RevocationRevision);
        MetaTable.Write(connection, MetaRow.Restored, kek.Seal(content, Context));
    }

    /// <summary>Seals it under another key-encryption key, inside the connection's present transaction.</summary>
    /// <exception cref="KeySealException">As for <see cref="Read"/>.</exception>
    public static void Reseal(SqliteConnection connection, KeyEncryptionKey old, KeyEncryptionKey next) => Read(connection, old)?.Write(connection, next);

    private static RestoreMark Of(byte[] content) => content.Length == Size
        ? new(
            StoredTime.FromMicroseconds(BinaryPrimitives.ReadInt64BigEndian(content)),
            BinaryPrimitives.ReadInt64BigEndian(content.AsSpan(sizeof(long))),
            BinaryPrimitives.ReadInt64BigEndian(content.AsSpan(2 * sizeof(long))))
        : throw new KeySealException("the mark of the restore is not one this version knows");
}
