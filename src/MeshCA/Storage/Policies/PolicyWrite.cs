using MeshCA.Auditing;
using MeshCA.Issuance;
using MeshCA.Policies;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Writing;

namespace MeshCA.Storage.Policies;

/// <summary>Puts one state of the policies in the place of another.</summary>
/// <param name="previous">What is there.</param>
/// <param name="next">What shall be.</param>
/// <param name="head">The next state's sealed head.</param>
/// <param name="records">Who did it; none where only files changed.</param>
/// <param name="table">Where they are kept.</param>
internal sealed class PolicyWrite(StoredPolicies previous, StoredPolicies next, byte[] head, IReadOnlyList<AuditEvent> records, PolicyTable table)
    : StoreWrite
{
    /// <inheritdoc />
    public override bool IsAlone => true;

    /// <inheritdoc />
    public override void Apply(StoreTransaction transaction)
    {
        if (PolicyTable.ReadRevision(transaction.Connection) != previous.Revision)
        {
            Refusal = new JournalUnavailableException($"revision {previous.Revision} of the policies is not the last any more");
            return;
        }

        table.Write(transaction.Connection, previous, next, head);
        foreach (var record in records)
        {
            transaction.Append(AuditRow.From(record));
        }
    }
}
