using MeshCA.Authorities;
using MeshCA.Issuance;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Reading;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Sealing;
using MeshCA.Storage.Verification;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Queries;

/// <summary>Answers queries on connections of their own that only read; needs no lock, so it works beside a running service.</summary>
internal sealed class SqliteQueries(StoreReader reader, Func<KeyEncryptionKey> loadKey) : IStoreQueries
{
    /// <inheritdoc />
    public Task<RecordPage<JournalEntry>> FindRecordsAsync(JournalQuery query, CancellationToken cancellationToken) =>
        reader.ReadAsync(connection => Find(connection, query), cancellationToken);

    /// <inheritdoc />
    public Task<RecordPage<AuditEntry>> FindEventsAsync(AuditQuery query, CancellationToken cancellationToken) =>
        reader.ReadAsync(connection => Find(connection, query), cancellationToken);

    /// <inheritdoc />
    public Task<CertificatePage> FindCertificatesAsync(CertificateQuery query, CancellationToken cancellationToken) =>
        reader.ReadAsync(connection => CertificateListing.Find(connection, query, cancellationToken), cancellationToken);

    /// <inheritdoc />
    public Task<ExportPage> ExportAsync(ExportQuery query, CancellationToken cancellationToken) =>
        reader.ReadAsync(connection => ChainExport.Read(connection, query, cancellationToken), cancellationToken);

    /// <inheritdoc />
    /// <exception cref="KeySealException">The key-encryption key is not the store's.</exception>
    public Task<VerificationReport> VerifyAsync(CheckpointReference? expected, CancellationToken cancellationToken) =>
        reader.ReadAsync(
            connection =>
            {
                using var kek = loadKey();
                using var identity = StoreIdentity.Open(connection, kek)
                    ?? throw new JournalUnavailableException("the store lacks its identity");
                return new AuditVerifier(identity).Verify(connection, expected, cancellationToken);
            },
            cancellationToken);

    private static RecordPage<JournalEntry> Find(SqliteConnection connection, JournalQuery query)
    {
        using var context = StoreMigrations.Context(connection);
        var rows = context.Journal
            .Matching(context, query)
            .OrderByDescending(row => row.IssuedAt)
            .ThenByDescending(row => row.Sequence)
            .Take(query.Size + 1)
            .ToList();
        return Page(rows, query.Size, row => new(row.IssuedAt, row.Sequence), row => new JournalEntry(row.Sequence, row.ToRecord()));
    }

    private static RecordPage<AuditEntry> Find(SqliteConnection connection, AuditQuery query)
    {
        using var context = StoreMigrations.Context(connection);
        var rows = context.AuditEvents
            .Matching(query)
            .OrderByDescending(row => row.Time)
            .ThenByDescending(row => row.Sequence)
            .Take(query.Size + 1)
            .ToList();
        return Page(rows, query.Size, row => new(row.Time, row.Sequence), row => new AuditEntry(row.Sequence, row.ToEvent()));
    }

    private static RecordPage<TEntry> Page<TRow, TEntry>(
        List<TRow> rows, int size, Func<TRow, PageCursor> cursor, Func<TRow, TEntry> entry) => new(
            [.. rows.Take(size).Select(entry)],
            rows.Count > size ? cursor(rows[size - 1]) : null);
}
