using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.DecisionLog;

/// <summary>Counts what became of records for the collector, and says when it stops and begins to take them. For several threads.</summary>
/// <param name="metrics">Counts.</param>
/// <param name="logger">Told of faults, and of their end.</param>
internal sealed class ExportOutcomes(DecisionMetrics metrics, ILogger logger)
{
    private readonly Lock _lock = new();
    private long _lost;

    /// <summary>The collector took records.</summary>
    public void Taken(int count)
    {
        metrics.RecordsExported(count);
        lock (_lock)
        {
            if (_lost > 0)
            {
                Log.DecisionExportRecovered(logger, _lost);
                _lost = 0;
            }
        }
    }

    /// <summary>Records were lost.</summary>
    /// <param name="cause"><see cref="RecordDrop.ExportBacklog"/> or <see cref="RecordDrop.ExportFailed"/>.</param>
    /// <param name="count">How many.</param>
    public void Lost(RecordDrop cause, int count)
    {
        metrics.RecordsDropped(cause, count);
        lock (_lock)
        {
            if (_lost == 0)
            {
                Log.DecisionExportFailed(logger, cause == RecordDrop.ExportBacklog ? "too much waits for it" : "it refused, or does not answer");
            }

            _lost += count;
        }
    }
}
