using MeshCA.Storage.Schema;

namespace MeshCA.Storage.Writing;

/// <summary>Looks whether a store that failed writes again and whether the clock is right.</summary>
/// <remarks>What it finds, the writer and the transaction audit; without news nothing is written.</remarks>
internal sealed class ProbeWrite(DateTimeOffset now, TimeSpan maxClockStep) : StoreWrite
{
    /// <inheritdoc />
    public override void Apply(StoreTransaction transaction) =>
        transaction.ObserveClock(StoredTime.ToMicroseconds(now), maxClockStep);
}
