using MeshCA.Auditing;
using MeshCA.Federation;
using MeshCA.Issuance;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Writing;

namespace MeshCA.Storage.Federation;

/// <summary>Puts one state of the federated peers in the place of another.</summary>
/// <param name="previous">What is there.</param>
/// <param name="next">What shall be.</param>
/// <param name="head">The next state's sealed head.</param>
/// <param name="audit">What was done.</param>
internal sealed class FederationWrite(
    StoredFederation previous, StoredFederation next, byte[] head, IReadOnlyList<AuditEvent> audit) : StoreWrite
{
    /// <inheritdoc />
    public override bool IsAlone => true;

    /// <inheritdoc />
    public override void Apply(StoreTransaction transaction)
    {
        if (FederationTable.ReadRevision(transaction.Connection) != previous.Revision)
        {
            Refusal = new JournalUnavailableException($"revision {previous.Revision} of the federated peers is not the last any more");
            return;
        }

        FederationTable.Write(transaction.Connection, previous, next, head);
        foreach (var auditEvent in audit)
        {
            transaction.Append(AuditRow.From(auditEvent));
        }
    }
}
