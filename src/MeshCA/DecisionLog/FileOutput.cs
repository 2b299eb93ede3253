using System.Buffers;
using System.IO;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.DecisionLog;

/// <summary>Writes records to a file, many at once. What a full disk does not take is left out and counted.</summary>
/// <param name="file">The file.</param>
/// <param name="metrics">Counts what was written and what was not.</param>
/// <param name="logger">Told of faults, and of their end.</param>
internal sealed class FileOutput(RotatingFile file, DecisionMetrics metrics, ILogger<FileOutput> logger) : IDecisionOutput
{
    private const int MaxBatch = 256 * 1024;

    private readonly ArrayBufferWriter<byte> _lines = new(MaxBatch);
    private int _count;
    private long _lost;

    /// <inheritdoc />
    public void Add(ReadOnlySpan<byte> line)
    {
        if (_lines.WrittenCount + line.Length >= MaxBatch)
        {
            Flush();
        }

        _lines.Write(line);
        _lines.Write("\n"u8);
        _count++;
    }

    /// <inheritdoc />
    public void Flush()
    {
        if (_count == 0)
        {
            return;
        }

        try
        {
            file.Append(_lines.WrittenSpan);
            Succeeded();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Failed(fault);
        }
        finally
        {
            _lines.ResetWrittenCount();
            _count = 0;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Flush();
        file.Dispose();
    }

    private void Succeeded()
    {
        metrics.RecordsWritten(_count);
        if (_lost > 0)
        {
            Log.DecisionLogRecovered(logger, _lost);
            _lost = 0;
        }
    }

    private void Failed(Exception fault)
    {
        if (_lost == 0)
        {
            Log.DecisionLogFailed(logger, fault.Message);
        }

        _lost += _count;
        metrics.RecordsDropped(RecordDrop.WriteFailed, _count);
    }
}
