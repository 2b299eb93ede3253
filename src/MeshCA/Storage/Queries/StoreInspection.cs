using System.IO;
using MeshCA.Configuration;
using MeshCA.Issuance;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Reading;
using MeshCA.Storage.Sealing;
using MeshCA.Storage.Verification;

namespace MeshCA.Storage.Queries;

/// <summary>A store opened to look at only: takes no lock and changes nothing, so also beside a running service.</summary>
internal sealed class StoreInspection : IStoreQueries, IDisposable
{
    private readonly StoreReader _reader;
    private readonly SqliteQueries _queries;

    /// <summary>Opens the store in a directory.</summary>
    /// <param name="options">Where it is; the key-encryption key is needed to verify only.</param>
    /// <exception cref="JournalUnavailableException">There is none.</exception>
    public StoreInspection(StorageOptions options)
    {
        var database = new StoreFiles(options.DirectoryPath).Database;
        if (!File.Exists(database))
        {
            throw new JournalUnavailableException($"there is no store in `{options.DirectoryPath}`");
        }

        _reader = new(database);
        _queries = new(_reader, () => KeyEncryptionKeySource.Load(options, storeIsNew: false));
    }

    /// <inheritdoc />
    public Task<RecordPage<JournalEntry>> FindRecordsAsync(JournalQuery query, CancellationToken cancellationToken) =>
        _queries.FindRecordsAsync(query, cancellationToken);

    /// <inheritdoc />
    public Task<RecordPage<AuditEntry>> FindEventsAsync(AuditQuery query, CancellationToken cancellationToken) =>
        _queries.FindEventsAsync(query, cancellationToken);

    /// <inheritdoc />
    public Task<CertificatePage> FindCertificatesAsync(CertificateQuery query, CancellationToken cancellationToken) =>
        _queries.FindCertificatesAsync(query, cancellationToken);

    /// <inheritdoc />
    public Task<ExportPage> ExportAsync(ExportQuery query, CancellationToken cancellationToken) =>
        _queries.ExportAsync(query, cancellationToken);

    /// <inheritdoc />
    public Task<VerificationReport> VerifyAsync(CheckpointReference? expected, CancellationToken cancellationToken) =>
        _queries.VerifyAsync(expected, cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _reader.Dispose();
}
