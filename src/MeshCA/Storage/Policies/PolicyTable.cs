using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using AuthzEngine.Policies;
using MeshCA.Authorities;
using MeshCA.Policies;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Sealing;
using MeshCA.Storage.Writing;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Policies;

/// <summary>Reads and writes policies; all of them together are sealed.</summary>
/// <remarks>
/// Sealed since whoever could take a DENY policy out of the table would have opened what it closed. The texts are not
/// secret: the seal is over their hashes. That the database as a whole was put back to an older state, it does not tell.
/// </remarks>
internal sealed class PolicyTable(KeyEncryptionKey kek) : IStateTable<StoredPolicies>
{
    // Revision, flags, hash of the mesh settings, hash of the inventory, and what gives them their meaning; then the seal.
    private const int HashSize = SHA256.HashSizeInBytes;
    private const int HeadSize = sizeof(long) + 1 + (2 * HashSize);
    private const byte IsComplete = 1;
    private const byte HasMeaning = 2;

    /// <inheritdoc />
    public string Content => "the policies";

    /// <inheritdoc />
    public long ReadRevision(SqliteConnection connection) =>
        MetaTable.Read(connection, MetaRow.Policies) is { Length: > HeadSize } value ? BinaryPrimitives.ReadInt64BigEndian(value) : 0;

    /// <summary>Reads everything inside the connection's present transaction.</summary>
    /// <exception cref="KeySealException">Something else changed it, or the key-encryption key is another.</exception>
    public StoredPolicies Read(SqliteConnection connection)
    {
        var value = MetaTable.Read(connection, MetaRow.Policies);
        var texts = ReadTexts(connection);
        var rows = ReadRows(connection);
        if (value is null && texts.Count == 0 && rows.Count == 0)
        {
            return PolicyMark.IsSet(connection)
                ? throw new KeySealException("the policies were removed by something other than this service")
                : StoredPolicies.None;
        }

        if (value is not { Length: > HeadSize } || value.Length <= HeadSizeOf(value) || !TryAssemble(value, rows, texts, out var policies)
            || !kek.Open(value.AsSpan(HeadSizeOf(value)), Context(policies.Revision)).AsSpan().SequenceEqual(HashOf(policies)))
        {
            throw new KeySealException("the policies were changed by something other than this service");
        }

        return policies;
    }

    /// <inheritdoc />
    public byte[] Seal(StoredPolicies state) =>
        [.. Head(state), .. kek.Seal(HashOf(state), Context(state.Revision))];

    /// <inheritdoc />
    public void Write(SqliteConnection connection, StoredPolicies previous, StoredPolicies next, byte[] head)
    {
        PolicyMark.Set(connection, kek);
        var (before, after) = (RowsOf(previous).ToHashSet(), RowsOf(next).ToHashSet());
        using var delete = new SqliteStatement(
            connection, "DELETE FROM policies WHERE role = ? AND kind = ? AND namespace = ? AND name = ?");
        foreach (var (role, resource) in before.Except(after))
        {
            BindId(delete, role, resource.Id).Run();
        }

        using var insert = new SqliteStatement(
            connection,
            "INSERT INTO policies (role, kind, namespace, name, revision, source, text_hash) VALUES (?,?,?,?,?,?,?)");
        foreach (var (role, resource) in after.Except(before))
        {
            BindId(insert, role, resource.Id).Bind(resource.Revision).Bind(resource.Source).Bind(resource.Text.Hash).Run();
        }

        WriteTexts(connection, previous, next);
        MetaTable.Write(connection, MetaRow.Policies, head);
    }

    /// <summary>Seals the state under another key-encryption key, inside the connection's present transaction.</summary>
    /// <exception cref="KeySealException">Something else changed it, or the key-encryption key is another.</exception>
    public void Reseal(SqliteConnection connection, KeyEncryptionKey next)
    {
        if (Read(connection) is var policies && MetaTable.Read(connection, MetaRow.Policies) is not null)
        {
            MetaTable.Write(connection, MetaRow.Policies, new PolicyTable(next).Seal(policies));
        }
    }

    private static void WriteTexts(SqliteConnection connection, StoredPolicies previous, StoredPolicies next)
    {
        var (before, after) = (previous.Texts.ToHashSet(), next.Texts.ToHashSet());
        using var delete = new SqliteStatement(connection, "DELETE FROM policy_texts WHERE hash = ?");
        foreach (var text in before.Except(after))
        {
            delete.Bind(text.Hash).Run();
        }

        using var insert = new SqliteStatement(connection, "INSERT INTO policy_texts (hash, text) VALUES (?,?)");
        foreach (var text in after.Except(before))
        {
            insert.Bind(text.Hash).Bind(text.Utf8.ToArray()).Run();
        }
    }

    private static SqliteStatement BindId(SqliteStatement statement, PolicyRole role, ResourceId id) =>
        statement.Bind((long)role).Bind((long)id.Kind).Bind(id.Namespace).Bind(id.Name);

    private static IEnumerable<(PolicyRole Role, StoredResource Resource)> RowsOf(StoredPolicies policies) =>
    [
        .. policies.Applied.Select(resource => (PolicyRole.Applied, resource)),
        .. policies.LastGood.Select(resource => (PolicyRole.LastGood, resource)),
        .. policies.Quarantined.Select(file => (PolicyRole.Quarantined, ResourceOf(file))),
    ];

    // A file is no resource, but fits the row of one: its name alone tells it from others.
    private static StoredResource ResourceOf(StoredFile file) => new(new(default, "", file.Source), file.Revision, file.Source, file.Text);

    private static byte[] HashOf(StoredPolicies policies)
    {
        var writer = new CanonicalWriter().Bytes(Head(policies));
        foreach (var (role, resource) in RowsOf(policies)
            .OrderBy(row => row.Role)
            .ThenBy(row => row.Resource.Id.Kind)
            .ThenBy(row => row.Resource.Id.Namespace, StringComparer.Ordinal)
            .ThenBy(row => row.Resource.Id.Name, StringComparer.Ordinal))
        {
            writer
                .Number((long)role)
                .Number((long)resource.Id.Kind)
                .Text(resource.Id.Namespace)
                .Text(resource.Id.Name)
                .Number(resource.Revision)
                .Text(resource.Source)
                .Text(resource.Text.Hash);
        }

        return SHA256.HashData(writer.Written);
    }

    private static byte[] Head(StoredPolicies policies)
    {
        var head = new byte[HeadSize];
        BinaryPrimitives.WriteInt64BigEndian(head, policies.Revision);
        head[sizeof(long)] = (byte)((policies.IsComplete ? IsComplete : 0) | (policies.Meaning is not null ? HasMeaning : 0));
        WriteHash(policies.Mesh?.Hash, head.AsSpan(sizeof(long) + 1));
        WriteHash(policies.Inventory?.Hash, head.AsSpan(sizeof(long) + 1 + HashSize));
        return policies.Meaning is { } meaning ? [.. head, .. Convert.FromHexString(meaning)] : head;
    }

    // Older versions kept no meaning.
    private static int HeadSizeOf(byte[] head) => (head[sizeof(long)] & HasMeaning) != 0 ? HeadSize + HashSize : HeadSize;

    // All zeros where there is no text: no text has that hash.
    private static void WriteHash(string? hash, Span<byte> target)
    {
        if (hash is not null)
        {
            Convert.FromHexString(hash).CopyTo(target);
        }
    }

    private static bool TryAssemble(
        byte[] head, List<PolicyRow> rows, Dictionary<string, SourceText> texts, out StoredPolicies policies)
    {
        policies = StoredPolicies.None;
        if (!rows.TrueForAll(row => texts.ContainsKey(row.TextHash)))
        {
            return false;
        }

        policies = new()
        {
            Revision = BinaryPrimitives.ReadInt64BigEndian(head),
            IsComplete = (head[sizeof(long)] & IsComplete) != 0,
            Meaning = HeadSizeOf(head) > HeadSize ? Convert.ToHexStringLower(head.AsSpan(HeadSize, HashSize)) : null,
            Mesh = Text(head.AsSpan(sizeof(long) + 1, HashSize), texts),
            Inventory = Text(head.AsSpan(sizeof(long) + 1 + HashSize, HashSize), texts),
            Applied = [.. rows.Where(row => row.Role == (long)PolicyRole.Applied).Select(row => Resource(row, texts))],
            LastGood = [.. rows.Where(row => row.Role == (long)PolicyRole.LastGood).Select(row => Resource(row, texts))],
            Quarantined =
            [
                .. rows.Where(row => row.Role == (long)PolicyRole.Quarantined)
                    .Select(row => new StoredFile(row.Source, row.Revision, texts[row.TextHash])),
            ],
        };
        return true;
    }

    private static SourceText? Text(ReadOnlySpan<byte> hash, Dictionary<string, SourceText> texts) =>
        texts.GetValueOrDefault(Convert.ToHexStringLower(hash));

    private static StoredResource Resource(PolicyRow row, Dictionary<string, SourceText> texts) =>
        new(new((ResourceKind)row.Kind, row.Namespace, row.Name), row.Revision, row.Source, texts[row.TextHash]);

    private static string Context(long revision) => string.Create(CultureInfo.InvariantCulture, $"meta/policies/{revision}");

    // By the hash of the content, not by what the row says: a text that was changed is another text.
    private static Dictionary<string, SourceText> ReadTexts(SqliteConnection connection)
    {
        using var statement = new SqliteStatement(connection, "SELECT text FROM policy_texts");
        var texts = new Dictionary<string, SourceText>(StringComparer.Ordinal);
        while (statement.Step())
        {
            var text = new SourceText(statement.Bytes(0));
            texts[text.Hash] = text;
        }

        return texts;
    }

    private static List<PolicyRow> ReadRows(SqliteConnection connection)
    {
        using var statement = new SqliteStatement(
            connection,
            "SELECT role, kind, namespace, name, revision, source, text_hash FROM policies ORDER BY role, kind, namespace, name");
        var rows = new List<PolicyRow>();
        while (statement.Step())
        {
            rows.Add(new()
            {
                Role = statement.Number(0),
                Kind = statement.Number(1),
                Namespace = statement.Text(2) ?? "",
                Name = statement.Text(3) ?? "",
                Revision = statement.Number(4),
                Source = statement.Text(5) ?? "",
                TextHash = statement.Text(6) ?? "",
            });
        }

        return rows;
    }
}
