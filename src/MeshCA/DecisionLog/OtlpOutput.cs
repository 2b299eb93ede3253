using System.Text;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;

namespace MeshCA.DecisionLog;

/// <summary>Sends records over OTLP as log records, each with its JSON as the body.</summary>
/// <remarks>The exporter batches and has a queue of its own; what a collector does not take it leaves out, and does not say so.</remarks>
internal sealed class OtlpOutput : IDecisionOutput
{
    private const string Category = "MeshCA.DecisionLog";

    private readonly ILoggerFactory _factory;
    private readonly ILogger _logger;

    /// <summary>Starts the exporter.</summary>
    /// <param name="endpoint">Where the collector is.</param>
    /// <param name="transport">How it is spoken to.</param>
    public OtlpOutput(Uri endpoint, OtlpTransport transport)
    {
        _factory = LoggerFactory.Create(logging => logging.AddOpenTelemetry(logs =>
        {
            logs.IncludeFormattedMessage = true;
            logs.SetResourceBuilder(OtlpExport.Resource);
            logs.AddOtlpExporter(exporter => OtlpExport.Configure(exporter, endpoint, transport, OtlpExport.LogsPath));
        }));
        _logger = _factory.CreateLogger(Category);
    }

    /// <inheritdoc />
    public void Add(ReadOnlySpan<byte> line) => Log.DecisionMade(_logger, Encoding.UTF8.GetString(line));

    /// <inheritdoc />
    public void Flush()
    {
        // The exporter sends in its own time; disposing of it sends what is left.
    }

    /// <inheritdoc />
    public void Dispose() => _factory.Dispose();
}
