using System.CommandLine;
using System.Text.Json.Serialization;
using MeshCA.Admin.Certificates;
using MeshCA.Issuance;
using MeshCA.Storage.Queries;
using MeshCA.Wire.Admin;
using Google.Protobuf.WellKnownTypes;
using Spectre.Console;
using SpiffeIdentity;

namespace MeshCA.Admin;

/// <summary><c>meshca audit list</c>: what was issued to whom, or with <c>--events</c> what else happened.</summary>
internal sealed class AuditListVerb : IAdminVerb
{
    private readonly StoreParameters _store = new();
    private readonly AdminSocketParameters _service = new();
    private readonly Option<bool> _events = new("--events") { Description = "List audit events (refusals, admin acts, alarms) instead of certificates" };
    private readonly Option<string> _id = new("--spiffe-id") { Description = "Only certificates of this identity" };
    private readonly Option<string> _serial = new("--serial") { Description = "Only the certificate with this serial number, hexadecimal" };
    private readonly Option<CertificateKind?> _kind =
        new Option<CertificateKind?>("--kind") { Description = "Only certificates of this kind: Root, Intermediate, Cross, Serving, BundleEndpoint, Leaf, JwtSvid" }.AsOneOf();

    private readonly Option<DateTimeOffset?> _since = new("--since") { Description = "Not before this time, ISO 8601" };
    private readonly Option<DateTimeOffset?> _until = new("--until") { Description = "Before this time, ISO 8601" };
    private readonly Option<int> _limit = new("--limit", "-l") { Description = "Most rows", DefaultValueFactory = _ => 50 };

    /// <inheritdoc />
    public string Name => "audit list";

    /// <inheritdoc />
    public string Description => "List issued certificates or audit events, newest first";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [.. _store.All, _events, _id, _serial, _kind, _since, _until, _limit, .. _service.All];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (_service.IsGiven(arguments))
        {
            return await ListEventsOfServiceAsync(arguments, output, cancellationToken);
        }

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

    private async Task<ExitCode> ListEventsOfServiceAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (!arguments.GetValue(_events))
        {
            output.Fail("of a running service --events lists the audit, and `cert list` the certificates");
            return ExitCode.Usage;
        }

        return await _service.CallAsync(
            arguments,
            output,
            async (channel, options) =>
            {
                var request = new ListEventsRequest
                {
                    Times = new() { From = arguments.GetValue(_since)?.ToTimestamp(), Until = arguments.GetValue(_until)?.ToTimestamp() },
                    PageSize = Math.Clamp(arguments.GetValue(_limit), 1, 1_000),
                };
                var page = await new Wire.Admin.Audit.AuditClient(channel).ListAsync(request, options);
                output.Write([.. page.Events.Select(EventRow.Of)], AuditJson.Default.IReadOnlyListEventRow, Render);
                return ExitCode.Ok;
            },
            cancellationToken);
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
        output.Write([.. page.Entries.Select(CertificateRow.Of)], AuditJson.Default.IReadOnlyListCertificateRow, CertificateRow.Table);
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

    private static Table Render(IReadOnlyList<EventRow> rows) => AdminTables.Of(
        ["#", "time", "action", "outcome", "actor", "target", "detail"],
        rows,
        row => [AdminTables.Number(row.Sequence), AdminTables.Time(row.Time), row.Action, row.Outcome, row.Actor, row.Target, row.Detail]);
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

    public static EventRow Of(AuditedEvent message) => new(
        message.Sequence, message.Time.ToDateTimeOffset(), message.Action, message.Outcome, message.Actor, message.Target, message.Detail);
}

/// <summary>JSON of the audit verbs.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<CertificateRow>))]
[JsonSerializable(typeof(IReadOnlyList<EventRow>))]
[JsonSerializable(typeof(VerifyReport))]
internal sealed partial class AuditJson : JsonSerializerContext;
