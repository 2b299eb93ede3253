using System.Threading.Channels;
using MeshCA.Decisions;
using MeshCA.Telemetry;

namespace MeshCA.DecisionLog;

/// <summary>Takes records from requests: samples them, and leaves out what finds no place instead of waiting for one.</summary>
/// <param name="sampling">Which decisions are logged.</param>
/// <param name="length">Most records that wait; each holds on to its request.</param>
/// <param name="metrics">Counts what is left out.</param>
internal sealed class DecisionQueue(DecisionSampling sampling, int length, DecisionMetrics metrics) : IDecisionLog
{
    private readonly Channel<DecisionRecord> _waiting =
        Channel.CreateBounded<DecisionRecord>(new BoundedChannelOptions(length) { SingleReader = true });

    private long _leftOut;

    /// <summary>The records that wait.</summary>
    public ChannelReader<DecisionRecord> Waiting => _waiting.Reader;

    /// <summary>How many found no place since the service started.</summary>
    public long LeftOut => Interlocked.Read(ref _leftOut);

    /// <inheritdoc />
    public void Record(in DecisionRecord record)
    {
        if (sampling.Keeps(record.Outcome.Decision, record.Outcome.Id) && !_waiting.Writer.TryWrite(record))
        {
            Interlocked.Increment(ref _leftOut);
            metrics.RecordsDropped(RecordDrop.QueueFull, 1);
        }
    }
}
