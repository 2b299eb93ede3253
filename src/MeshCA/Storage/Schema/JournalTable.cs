using MeshCA.Storage.Connections;

namespace MeshCA.Storage.Schema;

/// <summary>Reads and writes journal rows without EF.</summary>
internal static class JournalTable
{
    /// <summary>The columns, in the order of <see cref="Read"/>.</summary>
    public const string Columns =
        "seq, version, kind, serial, subject, subject_tag, certificate, \"key\", not_before_s, not_after_s, requested_us, "
        + "authority, authenticator, token_us, token_id, cluster, pod_name, pod_uid, node_name, bundle_sequence, peer, "
        + "issued_us, hash, audience";

    /// <summary>Inserts one; the parameters in the order of <see cref="Bind"/>.</summary>
    public const string Insert =
        $"INSERT INTO journal ({Columns}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

    /// <summary>The rows from a sequence number on, in the order of the chain.</summary>
    public const string SelectFrom = $"SELECT {Columns} FROM journal WHERE seq >= ? ORDER BY seq";

    /// <summary>Binds a row to <see cref="Insert"/>.</summary>
    public static SqliteStatement Bind(SqliteStatement statement, JournalRow row) => statement
        .Bind(row.Sequence)
        .Bind(row.Version)
        .Bind(row.Kind)
        .Bind(row.Serial)
        .Bind(row.Subject)
        .Bind(row.SubjectTag)
        .Bind(row.Certificate)
        .Bind(row.Key)
        .Bind(row.NotBefore)
        .Bind(row.NotAfter)
        .Bind(row.Requested)
        .Bind(row.Authority)
        .Bind(row.Authenticator)
        .Bind(row.TokenTime)
        .Bind(row.TokenId)
        .Bind(row.Cluster)
        .Bind(row.PodName)
        .Bind(row.PodUid)
        .Bind(row.NodeName)
        .Bind(row.BundleSequence)
        .Bind(row.Peer)
        .Bind(row.IssuedAt)
        .Bind(row.Hash)
        .Bind(row.Audience);

    /// <summary>Reads the present row of <see cref="SelectFrom"/>.</summary>
    public static JournalRow Read(SqliteStatement statement) => new()
    {
        Sequence = statement.Number(0),
        Version = statement.Number(1),
        Kind = statement.Number(2),
        Serial = statement.Bytes(3),
        Subject = statement.Text(4),
        SubjectTag = statement.Number(5),
        Certificate = statement.Bytes(6),
        Key = statement.Bytes(7),
        NotBefore = statement.Number(8),
        NotAfter = statement.Number(9),
        Requested = statement.Number(10),
        Authority = statement.Text(11) ?? "",
        Authenticator = statement.Text(12),
        TokenTime = statement.IsNull(13) ? null : statement.Number(13),
        TokenId = statement.Text(14),
        Cluster = statement.Text(15),
        PodName = statement.Text(16),
        PodUid = statement.Text(17),
        NodeName = statement.Text(18),
        BundleSequence = statement.Number(19),
        Peer = statement.Text(20),
        IssuedAt = statement.Number(21),
        Hash = statement.Bytes(22),
        Audience = statement.Text(23),
    };
}
