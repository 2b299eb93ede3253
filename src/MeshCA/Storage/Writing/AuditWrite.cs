using MeshCA.Auditing;
using MeshCA.Storage.Schema;

namespace MeshCA.Storage.Writing;

/// <summary>Appends an audit event.</summary>
/// <param name="auditEvent">The event.</param>
/// <param name="isPosted">Whether nobody waits for it.</param>
internal sealed class AuditWrite(AuditEvent auditEvent, bool isPosted) : StoreWrite
{
    private readonly AuditRow _row = AuditRow.From(auditEvent);

    /// <summary>Whether nobody waits for it: lost, it is counted.</summary>
    public bool IsPosted { get; } = isPosted;

    /// <inheritdoc />
    public override void Apply(StoreTransaction transaction) => transaction.Append(_row);
}
