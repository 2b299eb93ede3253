using System.Globalization;
using System.Text.Json.Serialization;
using MeshCA.JwtSvids;
using MeshCA.Storage.Queries;
using MeshCA.Wire.Admin;
using Spectre.Console;

namespace MeshCA.Admin.Certificates;

/// <summary>One certificate of the journal as commands print it.</summary>
internal sealed record CertificateRow
{
    public required long Sequence { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    public required string Kind { get; init; }

    /// <summary>The SPIFFE ID; empty for authorities and serving certificates.</summary>
    public required string Holder { get; init; }

    public required string Serial { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    public required TimeSpan RequestedLifetime { get; init; }

    public required string Authority { get; init; }

    public required string CertificateSha256 { get; init; }

    public required string KeySha256 { get; init; }

    public required string Authenticator { get; init; }

    public required string TokenId { get; init; }

    public required DateTimeOffset? TokenTime { get; init; }

    public required string Cluster { get; init; }

    public required string Pod { get; init; }

    public required string Node { get; init; }

    /// <summary>The node proxy that asked for it; empty where the holder did.</summary>
    public required string RequestedBy { get; init; }

    public required ulong BundleSequence { get; init; }

    public required string Peer { get; init; }

    /// <summary>For whom a JWT-SVID is; empty for certificates.</summary>
    public IReadOnlyList<string> Audience { get; init; } = [];

    public static CertificateRow Of(JournalEntry entry)
    {
        var record = entry.Record;
        var evidence = record.Evidence;
        return new CertificateRow
        {
            Sequence = entry.Sequence,
            IssuedAt = record.IssuedAt,
            Kind = record.Kind.ToString(),
            Holder = record.Subject?.ToString() ?? "",
            Serial = record.Serial.ToString(),
            NotBefore = record.NotBefore,
            NotAfter = record.NotAfter,
            RequestedLifetime = record.RequestedLifetime,
            Authority = record.Authority,
            CertificateSha256 = record.Certificate.ToString(),
            KeySha256 = record.Key.ToString(),
            Authenticator = evidence?.Authenticator ?? "",
            TokenId = evidence?.TokenId ?? "",
            TokenTime = evidence?.TokenTime,
            Cluster = evidence?.Cluster ?? "",
            Pod = evidence?.PodName ?? "",
            Node = evidence?.NodeName ?? "",
            RequestedBy = evidence?.RequestedBy?.ToString() ?? "",
            BundleSequence = record.BundleSequence,
            Peer = record.Peer ?? "",
            Audience = JwtAudience.FromStored(record.Audience ?? ""),
        };
    }

    public static CertificateRow Of(IssuedCertificate message) => new()
    {
        Sequence = message.Sequence,
        IssuedAt = message.IssuedAt.ToDateTimeOffset(),
        Kind = message.Kind,
        Holder = message.SpiffeId,
        Serial = message.Serial,
        NotBefore = message.NotBefore.ToDateTimeOffset(),
        NotAfter = message.NotAfter.ToDateTimeOffset(),
        RequestedLifetime = message.RequestedLifetime.ToTimeSpan(),
        Authority = message.Authority,
        CertificateSha256 = message.CertificateSha256,
        KeySha256 = message.KeySha256,
        Authenticator = message.Authenticator,
        TokenId = message.TokenId,
        TokenTime = message.TokenTime?.ToDateTimeOffset(),
        Cluster = message.Cluster,
        Pod = message.Pod,
        Node = message.Node,
        RequestedBy = message.RequestedBy,
        BundleSequence = message.BundleSequence,
        Peer = message.Peer,
        Audience = [.. message.Audience],
    };

    /// <summary>A line for each certificate.</summary>
    public static Table Table(IReadOnlyList<CertificateRow> rows) => AdminTables.Of(
        ["#", "issued", "kind", "holder", "serial", "until", "proved by", "from"],
        rows,
        row =>
        [
            AdminTables.Number(row.Sequence), AdminTables.Time(row.IssuedAt), row.Kind, row.Holder, row.Serial, AdminTables.Time(row.NotAfter),
            row.Authenticator, row.Peer,
        ]);

    /// <summary>A line for each JWT-SVID.</summary>
    public static Table TokenTable(IReadOnlyList<CertificateRow> rows) => AdminTables.Of(
        ["#", "issued", "holder", "jti", "audience", "until", "key", "proved by", "from"],
        rows,
        row =>
        [
            AdminTables.Number(row.Sequence), AdminTables.Time(row.IssuedAt), row.Holder, row.Serial, string.Join(", ", row.Audience),
            AdminTables.Time(row.NotAfter), row.Authority, row.Authenticator, row.Peer,
        ]);

    /// <summary>Everything, by name.</summary>
    public IEnumerable<(string Name, string Value)> Lines() =>
    [
        ("journal record", AdminTables.Number(Sequence)),
        ("issued", AdminTables.Time(IssuedAt)),
        ("kind", Kind),
        ("holder", Holder),
        ("serial", Serial),
        ("valid", $"{AdminTables.Time(NotBefore)} to {AdminTables.Time(NotAfter)}"),
        ("asked for", RequestedLifetime == TimeSpan.Zero ? "the default" : RequestedLifetime.ToString("c", CultureInfo.InvariantCulture)),
        ("authority", Authority),
        ("certificate SHA-256", CertificateSha256),
        ("key SHA-256", KeySha256),
        ("proved by", Authenticator),
        ("asked for by", RequestedBy.Length > 0 ? RequestedBy : "the holder"),
        ("token", TokenTime is { } time ? $"{TokenId} of {AdminTables.Time(time)}" : ""),
        ("cluster", Cluster),
        ("pod, node", $"{Pod} {Node}".Trim()),
        ("bundle sequence", BundleSequence.ToString(CultureInfo.InvariantCulture)),
        ("from", Peer),
        .. Audience.Count > 0 ? new[] { ("audience", string.Join(", ", Audience)) } : [],
    ];
}

/// <summary>What <c>meshca cert list</c> prints.</summary>
/// <param name="Certificates">The certificates.</param>
/// <param name="NextPageToken">Where the list goes on; empty at its end.</param>
internal sealed record CertListReport(IReadOnlyList<CertificateRow> Certificates, string NextPageToken);

/// <summary>JSON of the verbs of certificates.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CertListReport))]
[JsonSerializable(typeof(CertificateRow))]
internal sealed partial class CertificatesJson : JsonSerializerContext;
