using System.Threading.Channels;
using MeshCA.Decisions;
using MeshCA.Telemetry;

namespace MeshCA.DecisionLog;

/// <summary>How much may wait; each record holds on to its request.</summary>
/// <param name="Records">Most records.</param>
/// <param name="Bytes">Most bytes of all together.</param>
internal readonly record struct QueueBounds(int Records, long Bytes);

/// <summary>Takes records from requests: samples them, and leaves out what finds no place instead of waiting for one.</summary>
/// <param name="sampling">Which decisions are logged.</param>
/// <param name="bounds">How much may wait.</param>
/// <param name="metrics">Counts what is left out.</param>
internal sealed class DecisionQueue(DecisionSampling sampling, QueueBounds bounds, DecisionMetrics metrics) : IDecisionLog
{
    private readonly Channel<Waiting> _waiting =
        Channel.CreateBounded<Waiting>(new BoundedChannelOptions(bounds.Records) { SingleReader = true });

    private long _bytes;
    private long _leftOut;

    /// <summary>How many records wait.</summary>
    public int Count => _waiting.Reader.Count;

    /// <summary>How many found no place since the service started.</summary>
    public long LeftOut => Interlocked.Read(ref _leftOut);

    /// <inheritdoc />
    public void Record(in DecisionRecord record)
    {
        if (!sampling.Keeps(record.Outcome.Decision, record.Outcome.Id))
        {
            return;
        }

        var size = RecordSize.Of(in record);
        if (Interlocked.Add(ref _bytes, size) > bounds.Bytes)
        {
            LeaveOut(size, RecordDrop.QueueBytes);
        }
        else if (!_waiting.Writer.TryWrite(new(record, size)))
        {
            LeaveOut(size, RecordDrop.QueueFull);
        }
    }

    /// <summary>Waits until a record waits. For one reader.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _waiting.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Takes the record that has waited longest. For one reader.</summary>
    /// <param name="record">The record.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryTake(out DecisionRecord record)
    {
        var found = _waiting.Reader.TryRead(out var waiting);
        record = waiting.Record;
        if (found)
        {
            Interlocked.Add(ref _bytes, -waiting.Size);
        }

        return found;
    }

    private void LeaveOut(long size, RecordDrop cause)
    {
        Interlocked.Add(ref _bytes, -size);
        Interlocked.Increment(ref _leftOut);
        metrics.RecordsDropped(cause, 1);
    }

    private readonly record struct Waiting(DecisionRecord Record, long Size);
}
