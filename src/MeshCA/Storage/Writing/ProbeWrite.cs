using System.Buffers.Binary;
using MeshCA.Storage.Schema;

namespace MeshCA.Storage.Writing;

/// <summary>Looks whether the store can be written and whether the clock is right, without a record.</summary>
/// <remarks>
/// It changes a row: a transaction that changes nothing touches no file, and so succeeds on a full or read-only disk. What
/// it finds, the writer and the transaction audit.
/// </remarks>
internal sealed class ProbeWrite(DateTimeOffset now, TimeSpan maxClockStep) : StoreWrite
{
    /// <inheritdoc />
    public override void Apply(StoreTransaction transaction)
    {
        var time = StoredTime.ToMicroseconds(now);
        var value = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(value, time);
        MetaTable.Write(transaction.Connection, MetaRow.Heartbeat, value);
        transaction.ObserveClock(time, maxClockStep);
    }
}
