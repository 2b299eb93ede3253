using System.Buffers;
using MeshCA.Decisions;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.DecisionLog;

/// <summary>Takes records out of the queue, writes them as JSON, and hands them to every output.</summary>
/// <param name="queue">The records.</param>
/// <param name="format">Makes JSON of them.</param>
/// <param name="outputs">Who takes the JSON; disposed of in the end.</param>
/// <param name="interval">Time between two looks at the queue while records come in: requests never have to wake this thread up then.</param>
/// <param name="metrics">Counts records that could not be written.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">Told of records that found no place.</param>
internal sealed class DecisionLogWorker(
    DecisionQueue queue,
    DecisionRecordFormat format,
    IReadOnlyList<IDecisionOutput> outputs,
    TimeSpan interval,
    DecisionMetrics metrics,
    TimeProvider clock,
    ILogger<DecisionLogWorker> logger) : BackgroundService
{
    private static readonly TimeSpan AlarmInterval = TimeSpan.FromMinutes(1);

    private readonly ArrayBufferWriter<byte> _line = new();
    private DateTimeOffset _nextAlarm = DateTimeOffset.MinValue;
    private DateTimeOffset _nextFault = DateTimeOffset.MinValue;
    private long _alarmed;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await queue.WaitAsync(stoppingToken))
            {
                WriteWaiting();
                await Task.Delay(interval, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The listeners are closed by now: what still waits is all there will be.
            WriteWaiting();
        }
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        base.Dispose();
        foreach (var output in outputs)
        {
            output.Dispose();
        }
    }

    private void WriteWaiting()
    {
        while (queue.TryTake(out var record))
        {
            Write(in record);
        }

        foreach (var output in outputs)
        {
            Flush(output);
        }

        Alarm();
    }

    // The log must not end with one fault, let alone the service.
    private void Flush(IDecisionOutput output)
    {
        try
        {
            output.Flush();
        }
        catch (Exception fault)
        {
            Report(fault);
        }
    }

    private void Write(in DecisionRecord record)
    {
        try
        {
            _line.ResetWrittenCount();
            format.Write(in record, _line);
            foreach (var output in outputs)
            {
                output.Add(_line.WrittenSpan);
            }
        }

        // A record is made of what strangers sent: a fault of ours in it must not end the log, let alone the service.
        catch (Exception fault)
        {
            metrics.RecordsDropped(RecordDrop.Fault, 1);
            Report(fault);
        }
    }

    private void Report(Exception fault)
    {
        if (clock.GetUtcNow() is var now && now >= _nextFault)
        {
            Log.DecisionRecordFault(logger, fault);
            _nextFault = now + AlarmInterval;
        }
    }

    private void Alarm()
    {
        var (leftOut, now) = (queue.LeftOut, clock.GetUtcNow());
        if (leftOut > _alarmed && now >= _nextAlarm)
        {
            Log.DecisionRecordsLeftOut(logger, leftOut - _alarmed);
            (_alarmed, _nextAlarm) = (leftOut, now + AlarmInterval);
        }
    }
}
