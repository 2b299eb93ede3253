using MeshCA.Auditing;
using MeshCA.Authorities;
using MeshCA.Consumers;
using MeshCA.Cryptography;
using MeshCA.Federation;
using MeshCA.Issuance;
using MeshCA.Policies;
using MeshCA.Revocations;
using MeshCA.Storage;
using MeshCA.Storage.Backups;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Queries;
using MeshCA.Storage.Verification;

namespace MeshCA.Hosting;

/// <summary>The store, once it is open: it opens after the settings were checked and before anything serves.</summary>
/// <remarks>The container gets this and not the store, which it would dispose while the service still writes.</remarks>
internal sealed class StoreHolder
    : IStoreStatus, IIssuanceJournal, IAuthorityStore, IAuditLog, IPolicyStore, IIssuedLeaves, IConsumerStore, IRevocationStore, IFederationStore, IStoreQueries
{
    private IStore? _store;

    /// <summary>The store.</summary>
    public IStore Store => _store ?? throw new InvalidOperationException("the store is not open yet");

    /// <inheritdoc />
    public string? Fault => Store.Health is { IsReady: false } health ? $"{health.Reason}: {health.Detail}" : null;

    /// <summary>What tells the store from any other; empty where it has no name.</summary>
    public string Name => Store is SqliteStore store ? store.Name : "";

    /// <summary>That the store was restored from a backup; null: never.</summary>
    public RestoreMark? Restored => Store is SqliteStore store ? store.Restored : null;

    /// <summary>The time of the newest record when the store was opened; null: there was none.</summary>
    public DateTimeOffset? NewestAtOpening => Store is SqliteStore store ? store.NewestAtOpening : null;

    /// <summary>Takes the open store.</summary>
    public void Open(IStore store) => _store = store;

    /// <inheritdoc />
    public Task AppendAsync(IssuanceRecord record, CancellationToken cancellationToken) => Store.AppendAsync(record, cancellationToken);

    /// <inheritdoc />
    public Task<LastToken?> FindLastTokenAsync(
        SerialNumber serial, DateTimeOffset notBefore, CancellationToken cancellationToken) =>
        Store.FindLastTokenAsync(serial, notBefore, cancellationToken);

    /// <inheritdoc />
    public Task<AuthoritySet> LoadAsync(CancellationToken cancellationToken) => Store.LoadAsync(cancellationToken);

    /// <inheritdoc />
    public Task<Pkcs8PrivateKey?> OpenKeyAsync(string id, CancellationToken cancellationToken) =>
        Store.OpenKeyAsync(id, cancellationToken);

    /// <inheritdoc />
    public Task<AuthoritySet?> TryApplyAsync(AuthorityChange change, CancellationToken cancellationToken) =>
        Store.TryApplyAsync(change, cancellationToken);

    /// <inheritdoc />
    public Task AppendAsync(AuditEvent auditEvent, CancellationToken cancellationToken) => Store.AppendAsync(auditEvent, cancellationToken);

    /// <inheritdoc />
    public void Post(AuditEvent auditEvent) => Store.Post(auditEvent);

    /// <inheritdoc />
    public Task<StoredPolicies> LoadPoliciesAsync(CancellationToken cancellationToken) => Store.LoadPoliciesAsync(cancellationToken);

    /// <inheritdoc />
    public Task SavePoliciesAsync(
        StoredPolicies previous, StoredPolicies next, IReadOnlyList<AuditEvent> records, CancellationToken cancellationToken) =>
        Store.SavePoliciesAsync(previous, next, records, cancellationToken);

    /// <inheritdoc />
    public Task<RecordPage<JournalEntry>> FindRecordsAsync(JournalQuery query, CancellationToken cancellationToken) =>
        Store.FindRecordsAsync(query, cancellationToken);

    /// <inheritdoc />
    public Task<RecordPage<AuditEntry>> FindEventsAsync(AuditQuery query, CancellationToken cancellationToken) =>
        Store.FindEventsAsync(query, cancellationToken);

    /// <inheritdoc />
    public Task<CertificatePage> FindCertificatesAsync(CertificateQuery query, CancellationToken cancellationToken) =>
        Store.FindCertificatesAsync(query, cancellationToken);

    /// <inheritdoc />
    public Task<ExportPage> ExportAsync(ExportQuery query, CancellationToken cancellationToken) =>
        Store.ExportAsync(query, cancellationToken);

    /// <inheritdoc />
    public Task<VerificationReport> VerifyAsync(CheckpointReference? expected, CancellationToken cancellationToken) =>
        Store.VerifyAsync(expected, cancellationToken);

    /// <inheritdoc />
    public Task<long> FindStartAsync(DateTimeOffset issuedSince, CancellationToken cancellationToken) =>
        Store.FindStartAsync(issuedSince, cancellationToken);

    /// <inheritdoc />
    public Task<LeafPage> ReadLeavesAsync(long after, int span, DateTimeOffset aliveAt, CancellationToken cancellationToken) =>
        Store.ReadLeavesAsync(after, span, aliveAt, cancellationToken);

    /// <inheritdoc />
    public Task<IReadOnlyDictionary<long, IssuanceRecord>> ReadRecordsAsync(
        IReadOnlyCollection<long> sequences, CancellationToken cancellationToken) =>
        Store.ReadRecordsAsync(sequences, cancellationToken);

    /// <inheritdoc />
    public Task<IReadOnlyList<Consumer>> LoadConsumersAsync(CancellationToken cancellationToken) =>
        Store.LoadConsumersAsync(cancellationToken);

    /// <inheritdoc />
    public Task SaveConsumersAsync(ConsumerChanges changes, CancellationToken cancellationToken) =>
        Store.SaveConsumersAsync(changes, cancellationToken);

    /// <inheritdoc />
    public Task<StoredRevocations> LoadRevocationsAsync(CancellationToken cancellationToken) =>
        Store.LoadRevocationsAsync(cancellationToken);

    /// <inheritdoc />
    public Task SaveRevocationsAsync(
        StoredRevocations previous, StoredRevocations next, IReadOnlyList<AuditEvent> audit, CancellationToken cancellationToken) =>
        Store.SaveRevocationsAsync(previous, next, audit, cancellationToken);

    /// <inheritdoc />
    public Task<StoredFederation> LoadFederationAsync(CancellationToken cancellationToken) =>
        Store.LoadFederationAsync(cancellationToken);

    /// <inheritdoc />
    public Task SaveFederationAsync(
        StoredFederation previous, StoredFederation next, IReadOnlyList<AuditEvent> audit, CancellationToken cancellationToken) =>
        Store.SaveFederationAsync(previous, next, audit, cancellationToken);

    /// <inheritdoc />
    public Task<LiveCertificates> FindLiveAsync(LiveQuery query, CancellationToken cancellationToken) =>
        Store.FindLiveAsync(query, cancellationToken);
}
