using MeshCA.Storage.Chaining;

namespace MeshCA.Storage.Writing;

/// <summary>Signs a checkpoint if there is anything that none covers.</summary>
internal sealed class CheckpointWrite(CheckpointReason reason) : StoreWrite
{
    /// <inheritdoc />
    public override void Apply(StoreTransaction transaction)
    {
        if (transaction.State.Unsigned > 0)
        {
            transaction.Checkpoint(reason);
        }
    }
}
