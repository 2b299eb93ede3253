using System.Security.Cryptography;
using MeshCA.Authorities;
using MeshCA.Consumers;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Sealing;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Consumers;

/// <summary>Reads and writes consumers; each row is sealed by itself, since thousands change one by one.</summary>
/// <remarks>
/// Sealed since whoever could write that everybody has the next root could have it sign too early. That a row was taken out, or
/// put back to an older state, the seal does not tell: then its holder counts by its leaves, or as behind.
/// </remarks>
internal sealed class ConsumerTable(KeyEncryptionKey kek)
{
    private const string Upsert =
        "INSERT INTO consumers (kind, identity, instance, pod_uid, peer, sequence, seen_us, words, seal) VALUES (?,?,?,?,?,?,?,?,?) "
        + "ON CONFLICT (kind, identity, instance) DO UPDATE SET pod_uid = excluded.pod_uid, peer = excluded.peer, "
        + "sequence = excluded.sequence, seen_us = excluded.seen_us, words = excluded.words, seal = excluded.seal";

    /// <summary>Reads all inside the connection's present transaction.</summary>
    public IReadOnlyList<Consumer> Read(SqliteConnection connection)
    {
        using var statement = new SqliteStatement(
            connection, "SELECT kind, identity, instance, pod_uid, peer, sequence, seen_us, words, seal FROM consumers");
        var writer = new CanonicalWriter();
        var consumers = new List<Consumer>();
        while (statement.Step())
        {
            var row = Row(statement);
            if (!IsSealed(row, writer))
            {
                (row.Sequence, row.Words) = (0, null);
            }

            consumers.Add(row.ToConsumer());
        }

        return consumers;
    }

    /// <summary>Makes sealed rows; on the caller's thread, not the writer's.</summary>
    public IReadOnlyList<ConsumerRow> Seal(IReadOnlyList<Consumer> consumers)
    {
        var writer = new CanonicalWriter();
        var rows = new List<ConsumerRow>(consumers.Count);
        foreach (var consumer in consumers)
        {
            var row = ConsumerRow.From(consumer);
            row.Seal = kek.Seal([], Context(row, writer));
            rows.Add(row);
        }

        return rows;
    }

    /// <summary>Writes inside the connection's present transaction.</summary>
    public static void Write(SqliteConnection connection, IReadOnlyList<ConsumerRow> saved, IReadOnlyList<ConsumerId> removed)
    {
        using var delete = new SqliteStatement(connection, "DELETE FROM consumers WHERE kind = ? AND identity = ? AND instance = ?");
        foreach (var id in removed)
        {
            delete.Bind((long)id.Kind).Bind(id.Identity).Bind(id.Instance).Run();
        }

        using var upsert = new SqliteStatement(connection, Upsert);
        foreach (var row in saved)
        {
            upsert
                .Bind(row.Kind)
                .Bind(row.Identity)
                .Bind(row.Instance)
                .Bind(row.PodUid)
                .Bind(row.Peer)
                .Bind(row.Sequence)
                .Bind(row.SeenAt)
                .Bind(row.Words)
                .Bind(row.Seal)
                .Run();
        }
    }

    /// <summary>Seals all under another key-encryption key, inside the connection's present transaction.</summary>
    public void Reseal(SqliteConnection connection, KeyEncryptionKey next) =>
        Write(connection, new ConsumerTable(next).Seal(Read(connection)), []);

    private bool IsSealed(ConsumerRow row, CanonicalWriter writer)
    {
        try
        {
            return kek.Open(row.Seal, Context(row, writer)).Length == 0;
        }
        catch (KeySealException)
        {
            return false;
        }
    }

    private static string Context(ConsumerRow row, CanonicalWriter writer)
    {
        row.Encode(writer.Clear());
        return $"consumers/{Convert.ToHexStringLower(SHA256.HashData(writer.Written))}";
    }

    private static ConsumerRow Row(SqliteStatement statement) => new()
    {
        Kind = statement.Number(0),
        Identity = statement.Text(1) ?? "",
        Instance = statement.Text(2) ?? "",
        PodUid = statement.Text(3),
        Peer = statement.Text(4) ?? "",
        Sequence = statement.Number(5),
        SeenAt = statement.Number(6),
        Words = statement.Text(7),
        Seal = statement.Bytes(8),
    };
}
