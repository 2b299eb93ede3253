using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using MeshCA.Authorities;
using MeshCA.Cryptography;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Sealing;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Schema;

/// <summary>Reads and writes the authorities; seals each key, and the set as a whole.</summary>
/// <remarks>
/// The set is sealed since whoever could add a root certificate to the table would have it published in the trust bundle:
/// no key needed, the whole mesh lost.
/// </remarks>
internal sealed class AuthorityTable(KeyEncryptionKey kek)
{
    private const int RevisionSize = 2 * sizeof(long);

    private const string Columns = "ordinal, id, kind, state, issuer, certificate, sealed_key, created_us, since_us, tainted_us";

    /// <summary>Reads which revision the authorities are at.</summary>
    public static AuthorityRevision ReadRevision(SqliteConnection connection) =>
        MetaTable.Read(connection, MetaRow.Authorities) is { Length: > RevisionSize } value
            ? new(BinaryPrimitives.ReadInt64BigEndian(value), BinaryPrimitives.ReadInt64BigEndian(value.AsSpan(sizeof(long))))
            : AuthorityRevision.None;

    /// <summary>Reads all authorities inside the connection's present transaction; their keys stay sealed.</summary>
    /// <exception cref="KeySealException">The set or a key was changed, or the key-encryption key is another.</exception>
    public AuthoritySet Read(SqliteConnection connection)
    {
        var revision = ReadRevision(connection);
        var rows = ReadVerified(connection, revision);
        return new AuthoritySet((ulong)revision.Revision, (ulong)revision.BundleSequence, [.. rows.Select(ToRecord)])
        {
            Rotation = StoredRotation.Read(ReadRotation(connection)),
        };
    }

    /// <summary>Unseals one authority's key inside the connection's present transaction.</summary>
    /// <returns>The key, which the caller disposes of; null where the store holds none of that authority.</returns>
    /// <exception cref="KeySealException">The set or the key was changed, or the key-encryption key is another.</exception>
    public Pkcs8PrivateKey? OpenKey(SqliteConnection connection, string id)
    {
        var row = ReadVerified(connection, ReadRevision(connection)).Find(row => row.Id == id);
        return row?.SealedKey is { } sealedKey ? new(kek.Open(sealedKey, KeyContext(id, row.Certificate))) : null;
    }

    /// <summary>Seals the keys of a change.</summary>
    /// <returns>The sealed keys by authority id.</returns>
    public IReadOnlyDictionary<string, byte[]> SealKeys(AuthorityChange change) =>
        change.Added.Select(record => KeyValuePair.Create(record.Id, record.Certificate))
            .Concat(change.Renewed)
            .Where(certified => change.KeysToSeal.ContainsKey(certified.Key))
            .ToDictionary(
                certified => certified.Key,
                certified => kek.Seal(change.KeysToSeal[certified.Key].Der, KeyContext(certified.Key, certified.Value.Span)));

    /// <summary>Adds a new authority inside the connection's present transaction.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="record">The authority.</param>
    /// <param name="sealedKey">Its key; null where that lives elsewhere.</param>
    public static void Add(SqliteConnection connection, AuthorityRecord record, byte[]? sealedKey)
    {
        using var statement = new SqliteStatement(
            connection,
            "INSERT INTO authorities (ordinal, id, kind, state, issuer, certificate, sealed_key, created_us, since_us) "
            + "VALUES ((SELECT coalesce(max(ordinal), 0) + 1 FROM authorities),?,?,?,?,?,?,?,?)");
        statement
            .Bind(record.Id)
            .Bind((long)record.Kind)
            .Bind((long)record.State)
            .Bind(record.Issuer)
            .Bind(record.Certificate.ToArray())
            .Bind(sealedKey)
            .Bind(StoredTime.ToMicroseconds(record.CreatedAt))
            .Bind(StoredTime.ToMicroseconds(record.StateSince ?? record.CreatedAt))
            .Run();
    }

    /// <summary>Gives an authority a new state inside the connection's present transaction.</summary>
    /// <exception cref="ArgumentException">There is no such authority.</exception>
    public static void Move(SqliteConnection connection, string id, AuthorityState state, DateTimeOffset now) =>
        Update(
            connection,
            id,
            "UPDATE authorities SET state = ?, since_us = ? WHERE id = ? RETURNING id",
            statement => statement.Bind((long)state).Bind(StoredTime.ToMicroseconds(now)));

    /// <summary>Marks an authority's key as compromised inside the connection's present transaction; the first time stays.</summary>
    /// <exception cref="ArgumentException">There is no such authority.</exception>
    public static void Taint(SqliteConnection connection, string id, DateTimeOffset now) =>
        Update(
            connection,
            id,
            "UPDATE authorities SET tainted_us = coalesce(tainted_us, ?) WHERE id = ? RETURNING id",
            statement => statement.Bind(StoredTime.ToMicroseconds(now)));

    /// <summary>Gives an authority a new certificate for its key inside the connection's present transaction.</summary>
    /// <exception cref="ArgumentException">There is no such authority.</exception>
    public static void Renew(SqliteConnection connection, string id, ReadOnlyMemory<byte> certificate, byte[]? sealedKey) =>
        Update(
            connection,
            id,
            "UPDATE authorities SET certificate = ?, sealed_key = ? WHERE id = ? RETURNING id",
            statement => statement.Bind(certificate.ToArray()).Bind(sealedKey));

    /// <summary>Writes how the rotation stands inside the connection's present transaction.</summary>
    public static void WriteRotation(SqliteConnection connection, RotationRecord rotation) =>
        MetaTable.Write(connection, MetaRow.Rotation, StoredRotation.Write(rotation));

    /// <summary>Seals the set as it stands inside the connection's present transaction under a new revision.</summary>
    public void Seal(SqliteConnection connection, AuthorityRevision revision)
    {
        var seal = kek.Seal(HashOf(ReadRows(connection), ReadRotation(connection)), SetContext(revision));
        var value = new byte[RevisionSize + seal.Length];
        BinaryPrimitives.WriteInt64BigEndian(value, revision.Revision);
        BinaryPrimitives.WriteInt64BigEndian(value.AsSpan(sizeof(long)), revision.BundleSequence);
        seal.CopyTo(value, RevisionSize);
        MetaTable.Write(connection, MetaRow.Authorities, value);
    }

    /// <summary>Seals the keys and the set under another key-encryption key, inside the connection's present transaction.</summary>
    /// <exception cref="KeySealException">The set or a key was changed, or the key-encryption key is another.</exception>
    public void Reseal(SqliteConnection connection, KeyEncryptionKey next)
    {
        var revision = ReadRevision(connection);
        var rows = ReadVerified(connection, revision);
        if (revision == AuthorityRevision.None && rows.Count == 0)
        {
            return;
        }

        using var update = new SqliteStatement(connection, "UPDATE authorities SET sealed_key = ? WHERE ordinal = ?");
        foreach (var row in rows.FindAll(row => row.SealedKey is not null))
        {
            var context = KeyContext(row.Id, row.Certificate);
            update.Bind(next.Reseal(row.SealedKey, kek, context)).Bind(row.Ordinal).Run();
        }

        new AuthorityTable(next).Seal(connection, revision);
    }

    private static void Update(SqliteConnection connection, string id, string sql, Func<SqliteStatement, SqliteStatement> bind)
    {
        using var statement = new SqliteStatement(connection, sql);
        var updated = bind(statement).Bind(id).Step();
        statement.Reset();
        if (!updated)
        {
            throw new ArgumentException($"there is no authority `{id}`", nameof(id));
        }
    }

    private static byte[] ReadRotation(SqliteConnection connection) => MetaTable.Read(connection, MetaRow.Rotation) ?? [];

    private static string SetContext(AuthorityRevision revision) =>
        string.Create(CultureInfo.InvariantCulture, $"meta/authorities/2/{revision.Revision}/{revision.BundleSequence}");

    private static string FirstSetContext(AuthorityRevision revision) =>
        string.Create(CultureInfo.InvariantCulture, $"meta/authorities/{revision.Revision}/{revision.BundleSequence}");

    /// <summary>What the seal of a key vouches for.</summary>
    /// <remarks>With the certificate: a key must not come to sign under a certificate that was put beside it later.</remarks>
    internal static string KeyContext(string id, ReadOnlySpan<byte> certificate) =>
        $"authorities/{id}/{Convert.ToHexStringLower(SHA256.HashData(certificate))}";

    private static byte[] HashOf(List<AuthorityRow> rows, byte[] rotation)
    {
        var writer = new CanonicalWriter();
        rows.ForEach(row => WriteFirst(writer, row).Number(row.StateSince).Number(row.TaintedAt));
        return SHA256.HashData(writer.Bytes(rotation).Written);
    }

    // What versions sealed that knew no rotations.
    private static byte[] FirstHashOf(List<AuthorityRow> rows)
    {
        var writer = new CanonicalWriter();
        rows.ForEach(row => WriteFirst(writer, row));
        return SHA256.HashData(writer.Written);
    }

    private static CanonicalWriter WriteFirst(CanonicalWriter writer, AuthorityRow row) => writer
        .Number(row.Ordinal)
        .Text(row.Id)
        .Number(row.Kind)
        .Number(row.State)
        .Text(row.Issuer)
        .Bytes(row.Certificate)
        .Bytes(row.SealedKey)
        .Number(row.CreatedAt);

    private static List<AuthorityRow> ReadRows(SqliteConnection connection)
    {
        using var statement = new SqliteStatement(connection, $"SELECT {Columns} FROM authorities ORDER BY ordinal");
        var rows = new List<AuthorityRow>();
        while (statement.Step())
        {
            rows.Add(new()
            {
                Ordinal = statement.Number(0),
                Id = statement.Text(1) ?? "",
                Kind = statement.Number(2),
                State = statement.Number(3),
                Issuer = statement.Text(4) ?? "",
                Certificate = statement.Bytes(5),
                SealedKey = statement.IsNull(6) ? null : statement.Bytes(6),
                CreatedAt = statement.Number(7),
                StateSince = statement.IsNull(8) ? null : statement.Number(8),
                TaintedAt = statement.IsNull(9) ? null : statement.Number(9),
            });
        }

        return rows;
    }

    private List<AuthorityRow> ReadVerified(SqliteConnection connection, AuthorityRevision revision)
    {
        var rows = ReadRows(connection);
        if (revision == AuthorityRevision.None && rows.Count == 0)
        {
            return rows;
        }

        var value = MetaTable.Read(connection, MetaRow.Authorities) ?? [];
        var rotation = ReadRotation(connection);
        if (value.Length <= RevisionSize || !IsSealed(value.AsSpan(RevisionSize), rows, rotation, revision))
        {
            throw new KeySealException("the authorities were changed by something other than this service");
        }

        return rows;
    }

    // The first form vouches for no rotation and no taint, so it holds only where there is none.
    private bool IsSealed(ReadOnlySpan<byte> seal, List<AuthorityRow> rows, byte[] rotation, AuthorityRevision revision) =>
        rotation.Length == 0 && rows.TrueForAll(row => row is { StateSince: null, TaintedAt: null }) && IsFirstForm(seal, revision, out var first)
            ? first.AsSpan().SequenceEqual(FirstHashOf(rows))
            : kek.Open(seal, SetContext(revision)).AsSpan().SequenceEqual(HashOf(rows, rotation));

    private bool IsFirstForm(ReadOnlySpan<byte> seal, AuthorityRevision revision, out byte[] hash)
    {
        try
        {
            hash = kek.Open(seal, FirstSetContext(revision));
            return true;
        }
        catch (KeySealException)
        {
            hash = [];
            return false; // the other form says what is wrong
        }
    }

    /// <summary>The record of a row.</summary>
    internal static AuthorityRecord ToRecord(AuthorityRow row) => new()
    {
        Id = row.Id,
        Kind = (AuthorityKind)row.Kind,
        State = (AuthorityState)row.State,
        Issuer = row.Issuer,
        Certificate = row.Certificate,
        CreatedAt = StoredTime.FromMicroseconds(row.CreatedAt),
        StateSince = row.StateSince is { } since ? StoredTime.FromMicroseconds(since) : null,
        TaintedAt = row.TaintedAt is { } tainted ? StoredTime.FromMicroseconds(tainted) : null,
        HasKey = row.SealedKey is not null,
    };
}
