using MeshCA.Consumers;
using MeshCA.Storage.Writing;

namespace MeshCA.Storage.Consumers;

/// <summary>Writes many consumers at once.</summary>
/// <param name="saved">Sealed rows.</param>
/// <param name="removed">What goes.</param>
internal sealed class ConsumerWrite(IReadOnlyList<ConsumerRow> saved, IReadOnlyList<ConsumerId> removed) : StoreWrite
{
    /// <inheritdoc />
    public override void Apply(StoreTransaction transaction) => ConsumerTable.Write(transaction.Connection, saved, removed);
}
