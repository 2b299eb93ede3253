using MeshCA.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace MeshCA.DecisionLog;

/// <summary>Passes batches on to the exporter, and keeps account of what became of them, which the exporter tells nobody else.</summary>
/// <param name="exporter">The exporter; disposed of with this.</param>
/// <param name="backlog">Where the records have their places.</param>
/// <param name="outcomes">Told what became of them.</param>
internal sealed class CountedExporter(BaseExporter<LogRecord> exporter, ExportBacklog backlog, ExportOutcomes outcomes)
    : BaseExporter<LogRecord>
{
    /// <inheritdoc />
    public override ExportResult Export(in Batch<LogRecord> batch)
    {
        var count = (int)batch.Count; // before, since reading a batch empties it
        var result = exporter.Export(in batch);
        backlog.Leave(count);
        if (result == ExportResult.Success)
        {
            outcomes.Taken(count);
        }
        else
        {
            outcomes.Lost(RecordDrop.ExportFailed, count);
        }

        return result;
    }

    /// <inheritdoc />
    protected override bool OnForceFlush(int timeoutMilliseconds) => exporter.ForceFlush(timeoutMilliseconds);

    /// <inheritdoc />
    protected override bool OnShutdown(int timeoutMilliseconds) => exporter.Shutdown(timeoutMilliseconds);

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            exporter.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Makes the provider of the log known to the exporter, which takes from it on whose behalf it sends; exports nothing.</summary>
/// <remarks>Only a processor of the provider's own can hand it on, and that of the batches holds <see cref="CountedExporter"/>.</remarks>
/// <param name="exporter">The exporter.</param>
internal sealed class ExporterResource(BaseExporter<LogRecord> exporter) : BaseExportProcessor<LogRecord>(exporter)
{
    /// <inheritdoc />
    protected override void OnExport(LogRecord data)
    {
        // The processor of the batches does.
    }
}
