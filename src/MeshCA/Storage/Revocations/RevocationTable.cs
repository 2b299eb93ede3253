using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using MeshCA.Authorities;
using MeshCA.Issuance;
using MeshCA.Revocations;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Sealing;
using MeshCA.Storage.Writing;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Revocations;

/// <summary>Reads and writes revocations and their lists; all of them together are sealed.</summary>
/// <remarks>
/// Sealed since whoever could take a ban out of the table would have lifted it, and whoever could put an older list in would have
/// un-revoked what the newer one names.
/// </remarks>
internal sealed class RevocationTable(KeyEncryptionKey kek) : IStateTable<StoredRevocations>
{
    // Revision, last number, last list number; then the seal.
    private const int HeadSize = 3 * sizeof(long);

    private const string Columns =
        "number, kind, subject, reason, code, actor, time_us, expires_us, issuer, serial, not_after_s, cause, published_in";

    /// <inheritdoc />
    public string Content => "the revocations";

    /// <inheritdoc />
    public long ReadRevision(SqliteConnection connection) =>
        MetaTable.Read(connection, MetaRow.Revocations) is { Length: > HeadSize } value ? BinaryPrimitives.ReadInt64BigEndian(value) : 0;

    /// <summary>Reads everything inside the connection's present transaction.</summary>
    /// <exception cref="KeySealException">Something else changed it, or the key-encryption key is another.</exception>
    public StoredRevocations Read(SqliteConnection connection)
    {
        var value = MetaTable.Read(connection, MetaRow.Revocations);
        var rows = ReadRows(connection);
        var lists = ReadLists(connection);
        if (value is null && rows.Count == 0 && lists.Count == 0)
        {
            return StoredRevocations.None;
        }

        if (value is not { Length: > HeadSize })
        {
            throw Changed();
        }

        var head = value.AsSpan(0, HeadSize);
        var hash = kek.Open(value.AsSpan(HeadSize), Context(BinaryPrimitives.ReadInt64BigEndian(head)));
        return hash.AsSpan().SequenceEqual(HashOf(head, rows, lists))
            ? new()
            {
                Revision = BinaryPrimitives.ReadInt64BigEndian(head),
                LastNumber = BinaryPrimitives.ReadInt64BigEndian(head[sizeof(long)..]),
                LastListNumber = BinaryPrimitives.ReadInt64BigEndian(head[(2 * sizeof(long))..]),
                Entries = [.. rows.Select(ToRevocation)],
                Lists = [.. lists.Select(list => new StoredList(list.Authority, list.Number, list.Der))],
            }
            : throw Changed();
    }

    /// <inheritdoc />
    public byte[] Seal(StoredRevocations state)
    {
        var head = new byte[HeadSize];
        BinaryPrimitives.WriteInt64BigEndian(head, state.Revision);
        BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(sizeof(long)), state.LastNumber);
        BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(2 * sizeof(long)), state.LastListNumber);
        var hash = HashOf(
            head,
            [.. state.Entries.Select(ToRow).OrderBy(row => row.Number)],
            [.. state.Lists.Select(ToRow).OrderBy(list => list.Authority, StringComparer.Ordinal)]);
        return [.. head, .. kek.Seal(hash, Context(state.Revision))];
    }

    /// <inheritdoc />
    public void Write(SqliteConnection connection, StoredRevocations previous, StoredRevocations next, byte[] head)
    {
        var (before, after) = (previous.Entries.ToHashSet(), next.Entries.ToHashSet());
        using var delete = new SqliteStatement(connection, "DELETE FROM revocations WHERE number = ?");
        foreach (var entry in before.Except(after))
        {
            delete.Bind(entry.Number).Run();
        }

        using var insert = new SqliteStatement(
            connection, $"INSERT INTO revocations ({Columns}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)");
        foreach (var row in after.Except(before).Select(ToRow))
        {
            insert
                .Bind(row.Number)
                .Bind(row.Kind)
                .Bind(row.Subject)
                .Bind(row.Reason)
                .Bind(row.Code)
                .Bind(row.Actor)
                .Bind(row.Time)
                .Bind(row.ExpiresAt)
                .Bind(row.Issuer)
                .Bind(row.Serial)
                .Bind(row.NotAfter)
                .Bind(row.Cause)
                .Bind(row.PublishedIn)
                .Run();
        }

        WriteLists(connection, previous, next);
        MetaTable.Write(connection, MetaRow.Revocations, head);
    }

    /// <summary>Seals everything under another key, inside the connection's present transaction.</summary>
    /// <exception cref="KeySealException">As for <see cref="Read"/>.</exception>
    public void Reseal(SqliteConnection connection, KeyEncryptionKey next)
    {
        if (Read(connection) is var revocations && MetaTable.Read(connection, MetaRow.Revocations) is not null)
        {
            MetaTable.Write(connection, MetaRow.Revocations, new RevocationTable(next).Seal(revocations));
        }
    }

    private static void WriteLists(SqliteConnection connection, StoredRevocations previous, StoredRevocations next)
    {
        var (before, after) = (previous.Lists.ToHashSet(), next.Lists.ToHashSet());
        using var delete = new SqliteStatement(connection, "DELETE FROM revocation_lists WHERE authority = ?");
        foreach (var list in before.Except(after))
        {
            delete.Bind(list.Authority).Run();
        }

        using var insert = new SqliteStatement(connection, "INSERT INTO revocation_lists (authority, number, der) VALUES (?,?,?)");
        foreach (var list in after.Except(before).Select(ToRow))
        {
            insert.Bind(list.Authority).Bind(list.Number).Bind(list.Der).Run();
        }
    }

    private static KeySealException Changed() => new("the revocations were changed by something other than this service");

    private static string Context(long revision) => string.Create(CultureInfo.InvariantCulture, $"meta/revocations/{revision}");

    private static byte[] HashOf(ReadOnlySpan<byte> head, List<RevocationRow> rows, List<RevocationListRow> lists)
    {
        var writer = new CanonicalWriter().Bytes(head.ToArray()).Number(rows.Count);
        foreach (var row in rows)
        {
            writer
                .Number(row.Number)
                .Number(row.Kind)
                .Text(row.Subject)
                .Text(row.Reason)
                .Number(row.Code)
                .Text(row.Actor)
                .Number(row.Time)
                .Number(row.ExpiresAt)
                .Text(row.Issuer)
                .Bytes(row.Serial)
                .Number(row.NotAfter)
                .Number(row.Cause)
                .Number(row.PublishedIn);
        }

        foreach (var list in lists)
        {
            writer.Text(list.Authority).Number(list.Number).Bytes(SHA256.HashData(list.Der));
        }

        return SHA256.HashData(writer.Written);
    }

    /// <summary>The row of a revocation.</summary>
    internal static RevocationRow ToRow(Revocation entry) => new()
    {
        Number = entry.Number,
        Kind = (long)entry.Kind,
        Subject = StoredText.Clean(entry.Subject),
        Reason = StoredText.Clean(entry.Reason),
        Code = (long)entry.Code,
        Actor = StoredText.Clean(entry.Actor),
        Time = StoredTime.ToMicroseconds(entry.Time),
        ExpiresAt = entry.ExpiresAt is { } end ? StoredTime.ToMicroseconds(end) : null,
        Issuer = StoredText.Clean(entry.Issuer),
        Serial = entry.Serial == default ? null : entry.Serial.ToByteArray(),
        NotAfter = entry.NotAfter?.ToUnixTimeSeconds(),
        Cause = entry.Cause,
        PublishedIn = entry.PublishedIn,
    };

    /// <summary>The row of a list.</summary>
    internal static RevocationListRow ToRow(StoredList list) =>
        new() { Authority = list.Authority, Number = list.Number, Der = list.Der.ToArray() };

    /// <summary>The revocation of a row.</summary>
    internal static Revocation ToRevocation(RevocationRow row) => new()
    {
        Number = row.Number,
        Kind = (RevocationKind)row.Kind,
        Subject = row.Subject,
        Reason = row.Reason,
        Code = (RevocationCode)row.Code,
        Actor = row.Actor,
        Time = StoredTime.FromMicroseconds(row.Time),
        ExpiresAt = row.ExpiresAt is { } end ? StoredTime.FromMicroseconds(end) : null,
        Issuer = row.Issuer,
        Serial = row.Serial is { } bytes && SerialNumber.TryRead(bytes, out var serial) ? serial : default,
        NotAfter = row.NotAfter is { } seconds ? StoredTime.FromSeconds(seconds) : null,
        Cause = row.Cause,
        PublishedIn = row.PublishedIn,
    };

    private static List<RevocationRow> ReadRows(SqliteConnection connection)
    {
        using var statement = new SqliteStatement(connection, $"SELECT {Columns} FROM revocations ORDER BY number");
        var rows = new List<RevocationRow>();
        while (statement.Step())
        {
            rows.Add(new()
            {
                Number = statement.Number(0),
                Kind = statement.Number(1),
                Subject = statement.Text(2) ?? "",
                Reason = statement.Text(3) ?? "",
                Code = statement.Number(4),
                Actor = statement.Text(5) ?? "",
                Time = statement.Number(6),
                ExpiresAt = statement.IsNull(7) ? null : statement.Number(7),
                Issuer = statement.Text(8) ?? "",
                Serial = statement.IsNull(9) ? null : statement.Bytes(9),
                NotAfter = statement.IsNull(10) ? null : statement.Number(10),
                Cause = statement.Number(11),
                PublishedIn = statement.Number(12),
            });
        }

        return rows;
    }

    private static List<RevocationListRow> ReadLists(SqliteConnection connection)
    {
        using var statement = new SqliteStatement(connection, "SELECT authority, number, der FROM revocation_lists");
        var lists = new List<RevocationListRow>();
        while (statement.Step())
        {
            lists.Add(new() { Authority = statement.Text(0) ?? "", Number = statement.Number(1), Der = statement.Bytes(2) });
        }

        // Sorted here: the database's order of texts is its own.
        lists.Sort((one, other) => string.CompareOrdinal(one.Authority, other.Authority));
        return lists;
    }
}
