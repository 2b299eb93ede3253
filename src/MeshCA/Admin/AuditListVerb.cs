using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using MeshCA.Issuance;
using MeshCA.Storage.Queries;
using Spectre.Console;
using Spectre.Console.Rendering;
using SpiffeIdentity;

namespace MeshCA.Admin;

/// <summary><c>meshca audit list</c>: what was issued to whom, or with <c>--events</c> what else happened.</summary>
internal sealed class AuditListVerb : IAdminVerb
{
    private readonly StoreParameters _store = new();
    private readonly Option<bool> _events = new("--events") { Description = "List audit events (refusals, admin acts, alarms) instead of certificates" };
    private readonly Option<string> _id = new("--spiffe-id") { Description = "Only certificates of this identity" };
    private readonly Option<string> _serial = new("--serial") { Description = "Only the certificate with this serial number, hexadecimal" };
    private readonly Option<CertificateKind?> _kind =
        new Option<CertificateKind?>("--kind") { Description = "Only certificates of this kind: Root, Intermediate, Cross, Serving, Leaf" }.AsOneOf();

    private readonly Option<DateTimeOffset?> _since = new("--since") { Description = "Not before this time, ISO 8601" };
    private readonly Option<DateTimeOffset?> _until = new("--until") { Description = "Before this time, ISO 8601" };
    private readonly Option<int> _limit = new("--limit", "-l") { Description = "Most rows", DefaultValueFactory = _ => 50 };

    /// <inheritdoc />
    public string Name => "audit list";

    /// <inheritdoc />
    public string Description => "List issued certificates or audit events, newest first";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [.. _store.All, _events, _id, _serial, _kind, _since, _until, _limit];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (!_store.TryRead(arguments, out var options, out var fault))
        {
            output.Fail(fault);
            return ExitCode.Usage;
        }

        try
        {
            using var store = new StoreInspection(options);
            return arguments.GetValue(_events)
                ? await ListEventsAsync(store, arguments, output, cancellationToken)
                : await ListCertificatesAsync(store, arguments, output, cancellationToken);
        }
        catch (JournalUnavailableException e)
        {
            output.Fail(e.Message);
            return ExitCode.Unavailable;
        }
    }

    private async Task<ExitCode> ListCertificatesAsync(
        StoreInspection store, ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        SpiffeId? id = null;
        SerialNumber serial = default;
        if ((arguments.GetValue(_id) is { } idText && !SpiffeId.TryParse(idText, out id, out _))
            || (arguments.GetValue(_serial) is { } serialText && !SerialNumber.TryParse(serialText, out serial)))
        {
            output.Fail("--spiffe-id takes a SPIFFE ID, --serial a hexadecimal number");
            return ExitCode.Usage;
        }

        var query = new JournalQuery
        {
            Subject = id,
            Serial = serial == default ? null : serial,
            Kind = arguments.GetValue(_kind),
            Since = arguments.GetValue(_since),
            Until = arguments.GetValue(_until),
            Limit = arguments.GetValue(_limit),
        };
        var page = await store.FindRecordsAsync(query, cancellationToken);
        output.Write([.. page.Entries.Select(CertificateRow.Of)], AuditJson.Default.IReadOnlyListCertificateRow, Render);
        return ExitCode.Ok;
    }

    private async Task<ExitCode> ListEventsAsync(
        StoreInspection store, ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var query = new AuditQuery
        {
            Since = arguments.GetValue(_since),
            Until = arguments.GetValue(_until),
            Limit = arguments.GetValue(_limit),
        };
        var page = await store.FindEventsAsync(query, cancellationToken);
        output.Write([.. page.Entries.Select(EventRow.Of)], AuditJson.Default.IReadOnlyListEventRow, Render);
        return ExitCode.Ok;
    }

    private static IRenderable Render(IReadOnlyList<CertificateRow> rows) => Render(
        ["#", "issued", "kind", "holder", "serial", "until", "proved by", "from"],
        rows,
        row => [Number(row.Sequence), Time(row.IssuedAt), row.Kind, row.Holder, row.Serial, Time(row.NotAfter), row.Authenticator, row.Peer]);

    private static IRenderable Render(IReadOnlyList<EventRow> rows) => Render(
        ["#", "time", "action", "outcome", "actor", "target", "detail"],
        rows,
        row => [Number(row.Sequence), Time(row.Time), row.Action, row.Outcome, row.Actor, row.Target, row.Detail]);

    private static Table Render<T>(string[] columns, IReadOnlyList<T> rows, Func<T, string[]> cells)
    {
        var table = new Table().SimpleBorder().AddColumns(columns);
        foreach (var row in rows)
        {
            table.AddRow(cells(row).Select(cell => new Text(AdminOutput.Printable(cell))));
        }

        return table;
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.ToString("u", CultureInfo.InvariantCulture);
}

/// <summary>One certificate as <c>meshca audit list</c> prints it.</summary>
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

    public required ulong BundleSequence { get; init; }

    public required string Peer { get; init; }

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
            BundleSequence = record.BundleSequence,
            Peer = record.Peer ?? "",
        };
    }
}

/// <summary>One audit event as <c>meshca audit list --events</c> prints it.</summary>
internal sealed record EventRow(
    long Sequence, DateTimeOffset Time, string Action, string Outcome, string Actor, string Target, string Detail)
{
    public static EventRow Of(AuditEntry entry) => new(
        entry.Sequence,
        entry.Event.Time,
        entry.Event.Action,
        entry.Event.Outcome,
        entry.Event.Actor,
        entry.Event.Target,
        entry.Event.Detail);
}

/// <summary>JSON of the audit verbs.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<CertificateRow>))]
[JsonSerializable(typeof(IReadOnlyList<EventRow>))]
[JsonSerializable(typeof(VerifyReport))]
internal sealed partial class AuditJson : JsonSerializerContext;
