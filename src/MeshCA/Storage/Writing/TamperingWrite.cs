using MeshCA.Storage.Verification;

namespace MeshCA.Storage.Writing;

/// <summary>Puts on record that the store was found changed while the service ran.</summary>
internal sealed class TamperingWrite(IReadOnlyList<VerificationFinding> findings) : StoreWrite
{
    /// <inheritdoc />
    public override void Apply(StoreTransaction transaction) => transaction.MarkTampering(findings);
}
