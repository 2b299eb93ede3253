using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using MeshCA.Authorities;
using MeshCA.Federation;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Sealing;
using MeshCA.Storage.Writing;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Federation;

/// <summary>Reads and writes federated peers with their bundles; all of them together are sealed.</summary>
/// <remarks>Sealed since whoever could write a bundle into the table would have made a root of another trust domain.</remarks>
internal sealed class FederationTable(KeyEncryptionKey kek) : IStateTable<StoredFederation>
{
    // The revision; then the seal.
    private const int HeadSize = sizeof(long);

    private const string Columns =
        "trust_domain, url, profile, endpoint_id, identities, document, accepted_us, checked_us, poll_key, actor, created_us";

    /// <inheritdoc />
    public string Content => "the federated peers";

    /// <inheritdoc />
    public long ReadRevision(SqliteConnection connection) =>
        MetaTable.Read(connection, MetaRow.Federation) is { Length: > HeadSize } value ? BinaryPrimitives.ReadInt64BigEndian(value) : 0;

    /// <summary>Reads everything inside the connection's present transaction.</summary>
    /// <exception cref="KeySealException">Something else changed it, or the key-encryption key is another.</exception>
    public StoredFederation Read(SqliteConnection connection)
    {
        var value = MetaTable.Read(connection, MetaRow.Federation);
        var rows = ReadRows(connection);
        if (value is null && rows.Count == 0)
        {
            return StoredFederation.None;
        }

        if (value is not { Length: > HeadSize })
        {
            throw Changed();
        }

        var revision = BinaryPrimitives.ReadInt64BigEndian(value);
        var hash = kek.Open(value.AsSpan(HeadSize), Context(revision));
        return hash.AsSpan().SequenceEqual(HashOf(revision, rows))
            ? new() { Revision = revision, Peers = [.. rows.Select(row => row.ToPeer() ?? throw Changed())] }
            : throw Changed();
    }

    /// <inheritdoc />
    public byte[] Seal(StoredFederation state)
    {
        var head = new byte[HeadSize];
        BinaryPrimitives.WriteInt64BigEndian(head, state.Revision);
        return [.. head, .. kek.Seal(HashOf(state.Revision, Sorted(state.Peers.Select(FederationRow.From))), Context(state.Revision))];
    }

    /// <inheritdoc />
    public void Write(SqliteConnection connection, StoredFederation previous, StoredFederation next, byte[] head)
    {
        var (before, after) = (previous.Peers.ToHashSet(), next.Peers.ToHashSet());
        using var delete = new SqliteStatement(connection, "DELETE FROM federated_peers WHERE trust_domain = ?");
        foreach (var peer in before.Except(after))
        {
            delete.Bind(peer.TrustDomain.Name).Run();
        }

        using var insert = new SqliteStatement(connection, $"INSERT INTO federated_peers ({Columns}) VALUES (?,?,?,?,?,?,?,?,?,?,?)");
        foreach (var row in after.Except(before).Select(FederationRow.From))
        {
            insert
                .Bind(row.TrustDomain)
                .Bind(row.Url)
                .Bind(row.Profile)
                .Bind(row.EndpointId)
                .Bind(row.Identities)
                .Bind(row.Document)
                .Bind(row.AcceptedAt)
                .Bind(row.CheckedAt)
                .Bind(row.PollKeyHash)
                .Bind(row.Actor)
                .Bind(row.CreatedAt)
                .Run();
        }

        MetaTable.Write(connection, MetaRow.Federation, head);
    }

    /// <summary>Seals everything under another key, inside the connection's present transaction.</summary>
    /// <exception cref="KeySealException">As for <see cref="Read"/>.</exception>
    public void Reseal(SqliteConnection connection, KeyEncryptionKey next)
    {
        if (Read(connection) is var federation && MetaTable.Read(connection, MetaRow.Federation) is not null)
        {
            MetaTable.Write(connection, MetaRow.Federation, new FederationTable(next).Seal(federation));
        }
    }

    private static KeySealException Changed() => new("the federated peers were changed by something other than this service");

    private static string Context(long revision) => string.Create(CultureInfo.InvariantCulture, $"meta/federation/{revision}");

    private static byte[] HashOf(long revision, List<FederationRow> rows)
    {
        var writer = new CanonicalWriter().Number(revision).Number(rows.Count);
        foreach (var row in rows)
        {
            row.Encode(writer);
        }

        return SHA256.HashData(writer.Written);
    }

    // Sorted here: the database's order of texts is its own.
    private static List<FederationRow> Sorted(IEnumerable<FederationRow> rows) => [.. rows.OrderBy(row => row.TrustDomain, StringComparer.Ordinal)];

    private static List<FederationRow> ReadRows(SqliteConnection connection)
    {
        using var statement = new SqliteStatement(connection, $"SELECT {Columns} FROM federated_peers");
        var rows = new List<FederationRow>();
        while (statement.Step())
        {
            rows.Add(new()
            {
                TrustDomain = statement.Text(0) ?? "",
                Url = statement.Text(1),
                Profile = statement.Number(2),
                EndpointId = statement.Text(3),
                Identities = statement.Text(4) ?? "",
                Document = statement.IsNull(5) ? null : statement.Bytes(5),
                AcceptedAt = statement.IsNull(6) ? null : statement.Number(6),
                CheckedAt = statement.IsNull(7) ? null : statement.Number(7),
                PollKeyHash = statement.Text(8) ?? "",
                Actor = statement.Text(9) ?? "",
                CreatedAt = statement.Number(10),
            });
        }

        return Sorted(rows);
    }
}
