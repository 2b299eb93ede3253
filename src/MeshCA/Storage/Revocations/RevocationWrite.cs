using MeshCA.Auditing;
using MeshCA.Issuance;
using MeshCA.Revocations;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Writing;

namespace MeshCA.Storage.Revocations;

/// <summary>Puts one state of the revocations in the place of another.</summary>
/// <param name="previous">What is there.</param>
/// <param name="next">What shall be.</param>
/// <param name="head">The next state's sealed head.</param>
/// <param name="audit">What was done.</param>
internal sealed class RevocationWrite(
    StoredRevocations previous, StoredRevocations next, byte[] head, IReadOnlyList<AuditEvent> audit) : StoreWrite
{
    /// <inheritdoc />
    public override bool IsAlone => true;

    /// <inheritdoc />
    public override void Apply(StoreTransaction transaction)
    {
        if (RevocationTable.ReadRevision(transaction.Connection) != previous.Revision)
        {
            Refusal = new JournalUnavailableException($"revision {previous.Revision} of the revocations is not the last any more");
            return;
        }

        RevocationTable.Write(transaction.Connection, previous, next, head);
        foreach (var auditEvent in audit)
        {
            transaction.Append(AuditRow.From(auditEvent));
        }
    }
}
