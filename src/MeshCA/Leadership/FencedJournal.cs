using MeshCA.Issuance;

namespace MeshCA.Leadership;

/// <summary>Takes records only while this replica may sign. Since nothing leaves that is not recorded, nothing that a standby signed could leave.</summary>
internal sealed class FencedJournal(IIssuanceJournal inner, SigningRight right) : IIssuanceJournal
{
    /// <inheritdoc />
    /// <remarks>Asked twice: a disk may hold a record up for longer than the lease lasts, and then another replica signs already.</remarks>
    public async Task AppendAsync(IssuanceRecord record, CancellationToken cancellationToken)
    {
        var term = right.Demand();
        await inner.AppendAsync(record, cancellationToken);
        if (right.Term != term)
        {
            throw new JournalUnavailableException("the lease ended while the certificate was recorded; it was not delivered");
        }
    }

    /// <inheritdoc />
    public Task<LastToken?> FindLastTokenAsync(
        SerialNumber serial, DateTimeOffset notBefore, CancellationToken cancellationToken) =>
        inner.FindLastTokenAsync(serial, notBefore, cancellationToken);
}
