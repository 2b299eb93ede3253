using System.CommandLine;
using System.IO;
using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MeshCA.Admin.Certificates;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin;

/// <summary><c>meshca audit export</c>: a part of the audit, or of the journal, as JSON lines that prove themselves.</summary>
internal sealed class AuditExportVerb : IAdminVerb
{
    private readonly AdminSocketParameters _service = new();
    private readonly Option<bool> _journal = new("--journal") { Description = "Export the journal of issued certificates instead of the audit events" };
    private readonly Option<long> _first = new("--first") { Description = "The first record's number", DefaultValueFactory = _ => 1 };
    private readonly Option<long> _last = new("--last") { Description = "The last record's number; 0: the last there is", DefaultValueFactory = _ => 0 };
    private readonly Option<DateTimeOffset?> _since = new("--since") { Description = "Not before this time, ISO 8601" };
    private readonly Option<DateTimeOffset?> _until = new("--until") { Description = "Before this time, ISO 8601" };

    /// <inheritdoc />
    public string Name => "audit export";

    /// <inheritdoc />
    public string Description => "Write audit events or journal records as JSON lines, with the hashes that let others verify them";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_journal, _first, _last, _since, _until, .. _service.All];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _service.CallAsync(
        arguments,
        output,
        async (channel, options) =>
        {
            await ExportAsync(new Audit.AuditClient(channel), Request(arguments), options, output.Console.Out);
            return ExitCode.Ok;
        },
        cancellationToken);

    private static async Task ExportAsync(Audit.AuditClient client, ExportRequest request, CallOptions options, TextWriter lines)
    {
        var isFirst = true;
        do
        {
            var page = await client.ExportAsync(request, options);
            if (isFirst)
            {
                Write(lines, new(page.StoreId.Memory, page.PreviousHash.Memory), ExportJson.Default.ExportHead);
                isFirst = false;
            }

            foreach (var entry in page.Entries)
            {
                Write(lines, ExportLine.Of(entry), ExportJson.Default.ExportLine);
            }

            foreach (var checkpoint in page.Checkpoints)
            {
                Write(lines, ExportCheckpoint.Of(checkpoint), ExportJson.Default.ExportCheckpoint);
            }

            request.FirstSequence = page.NextSequence;
        }
        while (request.FirstSequence > 0);
    }

    private static void Write<T>(TextWriter lines, T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> json) =>
        lines.WriteLine(JsonSerializer.Serialize(value, json));

    private ExportRequest Request(ParseResult arguments) => new()
    {
        Chain = arguments.GetValue(_journal) ? ExportRequest.Types.Chain.Journal : ExportRequest.Types.Chain.Audit,
        FirstSequence = arguments.GetValue(_first),
        LastSequence = arguments.GetValue(_last),
        Times = new() { From = arguments.GetValue(_since)?.ToTimestamp(), Until = arguments.GetValue(_until)?.ToTimestamp() },
    };
}

/// <summary>The first line of an export: where the chain stood before the first record.</summary>
/// <param name="Store">The store's random name, hexadecimal.</param>
/// <param name="PreviousHash">The hash before the first record, hexadecimal.</param>
internal sealed record ExportHead(string Store, string PreviousHash)
{
    public ExportHead(ReadOnlyMemory<byte> store, ReadOnlyMemory<byte> previousHash)
        : this(Convert.ToHexStringLower(store.Span), Convert.ToHexStringLower(previousHash.Span))
    {
    }
}

/// <summary>A record of an export; without one, a run of records that retention removed.</summary>
internal sealed record ExportLine
{
    public required long Sequence { get; init; }

    /// <summary>The last record of a removed run.</summary>
    public required long? RemovedUntil { get; init; }

    public required EventRow? Event { get; init; }

    public required CertificateRow? Certificate { get; init; }

    /// <summary>What the hash covers after the hash before and the number, Base64.</summary>
    public required string? Canonical { get; init; }

    /// <summary>Hexadecimal.</summary>
    public required string Hash { get; init; }

    public static ExportLine Of(ExportedEntry entry) => new()
    {
        Sequence = entry.FirstSequence,
        RemovedUntil = entry.HasCanonical ? null : entry.LastSequence,
        Event = entry.Event is { } happened ? EventRow.Of(happened) : null,
        Certificate = entry.Certificate is { } issued ? CertificateRow.Of(issued) : null,
        Canonical = entry.HasCanonical ? entry.Canonical.ToBase64() : null,
        Hash = Convert.ToHexStringLower(entry.Hash.Span),
    };
}

/// <summary>A signed checkpoint of an export, as the service's log has it.</summary>
internal sealed record ExportCheckpoint(string Checkpoint, DateTimeOffset Time, string KeySha256, string Signature)
{
    public static ExportCheckpoint Of(ExportedCheckpoint message) => new(
        message.Reference,
        message.Time.ToDateTimeOffset(),
        Convert.ToHexStringLower(message.KeySha256.Span),
        message.Signature.ToBase64());
}

/// <summary>JSON of an export: one line each.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ExportHead))]
[JsonSerializable(typeof(ExportLine))]
[JsonSerializable(typeof(ExportCheckpoint))]
internal sealed partial class ExportJson : JsonSerializerContext;
