using MeshCA.Auditing;
using MeshCA.Registers;

namespace MeshCA.Revocations;

/// <summary>Holds the revocations; before they are loaded nothing may be issued or decided.</summary>
internal sealed class RevocationRegister(IRevocationStore store)
    : Register<StoredRevocations, RevocationSnapshot, RevocationPlan>(RevocationSnapshot.None), IRevocationFeed
{
    /// <inheritdoc />
    protected override Task<StoredRevocations> LoadStoredAsync(CancellationToken cancellationToken) => store.LoadRevocationsAsync(cancellationToken);

    /// <inheritdoc />
    protected override Task SaveAsync(
        StoredRevocations previous, StoredRevocations next, IReadOnlyList<AuditEvent> audit, CancellationToken cancellationToken) =>
        store.SaveRevocationsAsync(previous, next, audit, cancellationToken);

    /// <inheritdoc />
    protected override RevocationSnapshot Compile(StoredRevocations stored, RevocationSnapshot previous) => RevocationSnapshot.Compile(stored, previous);
}
