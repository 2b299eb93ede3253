using MeshCA.Auditing;
using MeshCA.Registers;

namespace MeshCA.Federation;

/// <summary>Holds the peers.</summary>
internal sealed class FederationRegister(IFederationStore store)
    : Register<StoredFederation, FederationSnapshot, FederationPlan>(FederationSnapshot.None), IFederationFeed
{
    /// <inheritdoc />
    protected override Task<StoredFederation> LoadStoredAsync(CancellationToken cancellationToken) => store.LoadFederationAsync(cancellationToken);

    /// <inheritdoc />
    protected override Task SaveAsync(
        StoredFederation previous, StoredFederation next, IReadOnlyList<AuditEvent> audit, CancellationToken cancellationToken) =>
        store.SaveFederationAsync(previous, next, audit, cancellationToken);

    /// <inheritdoc />
    protected override FederationSnapshot Compile(StoredFederation stored, FederationSnapshot previous) => FederationSnapshot.Compile(stored, previous);
}
