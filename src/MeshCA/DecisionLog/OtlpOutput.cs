using System.Text;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;

namespace MeshCA.DecisionLog;

/// <summary>Sends records over OTLP as log records, each with its JSON as the body.</summary>
/// <remarks>The exporter batches and sends in its own time; what the collector does not take is lost and counted.</remarks>
internal sealed class OtlpOutput : IDecisionOutput
{
    /// <summary>Most records that wait for the collector.</summary>
    public const int MaxRecords = 2_048;

    private const string Category = "MeshCA.DecisionLog";
    private const long RecordBytes = 512; // the log record around the text

    private readonly ExportBacklog _backlog;
    private readonly ExportOutcomes _outcomes;
    private readonly ILoggerFactory _factory;
    private readonly ILogger _logger;

    /// <summary>Starts the exporter.</summary>
    /// <param name="endpoint">Where the collector is.</param>
    /// <param name="transport">How it is spoken to.</param>
    /// <param name="maxBytes">Most bytes that wait for it.</param>
    /// <param name="outcomes">Told what became of records.</param>
    public OtlpOutput(Uri endpoint, OtlpTransport transport, long maxBytes, ExportOutcomes outcomes)
    {
        _backlog = new(new(MaxRecords, maxBytes));
        _outcomes = outcomes;
        var options = new OtlpExporterOptions();
        OtlpExport.Configure(options, endpoint, transport, OtlpExport.LogsPath);
        var exporter = new OtlpLogExporter(options);
        _factory = LoggerFactory.Create(logging => logging.AddOpenTelemetry(logs =>
        {
            logs.IncludeFormattedMessage = true;
            logs.SetResourceBuilder(OtlpExport.Resource);

            // Its own queue is never full: nothing gets there without a place in the backlog.
            logs.AddProcessor(new BatchLogRecordExportProcessor(new CountedExporter(exporter, _backlog, outcomes), MaxRecords));
            logs.AddProcessor(new ExporterResource(exporter));
        }));
        _logger = _factory.CreateLogger(Category);
    }

    /// <inheritdoc />
    public void Add(ReadOnlySpan<byte> line)
    {
        if (_backlog.TryEnter(RecordBytes + (sizeof(char) * (long)line.Length)))
        {
            Log.DecisionMade(_logger, Encoding.UTF8.GetString(line));
        }
        else
        {
            _outcomes.Lost(RecordDrop.ExportBacklog, 1);
        }
    }

    /// <inheritdoc />
    public void Flush()
    {
        // The exporter sends in its own time; disposing of it sends what is left.
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _factory.Dispose();
        if (_backlog.Clear() is > 0 and var left)
        {
            _outcomes.Lost(RecordDrop.ExportFailed, left); // the time to send them ran out
        }
    }
}
