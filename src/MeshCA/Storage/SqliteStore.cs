using System.Globalization;
using MeshCA.Auditing;
using MeshCA.Authorities;
using MeshCA.Configuration;
using MeshCA.Consumers;
using MeshCA.Cryptography;
using MeshCA.Federation;
using MeshCA.Issuance;
using MeshCA.Policies;
using MeshCA.Revocations;
using MeshCA.Storage.Backups;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Consumers;
using MeshCA.Storage.Federation;
using MeshCA.Storage.Policies;
using MeshCA.Storage.Queries;
using MeshCA.Storage.Reading;
using MeshCA.Storage.Retention;
using MeshCA.Storage.Revocations;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Sealing;
using MeshCA.Storage.Verification;
using MeshCA.Storage.Writing;
using MeshCA.Telemetry;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace MeshCA.Storage;

/// <summary>The embedded store: SQLite with one group-committing writer. One process serves on it at a time.</summary>
internal sealed class SqliteStore : IStore
{
    private readonly StoreOpening _opening;
    private readonly StorageOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly AuthorityTable _authorities;
    private readonly PolicyTable _policies;
    private readonly RevocationTable _revocations;
    private readonly FederationTable _federation;
    private readonly ConsumerTable _consumers;
    private readonly StoreReader _reader;
    private readonly SqliteQueries _queries;
    private readonly StoreWriter _writer;
    private readonly StoreMaintenance _maintenance;
    private readonly StoreRetention _retention;

    private SqliteStore(
        StoreOpening opening,
        StoreSession session,
        StorageOptions options,
        TimeProvider clock,
        ILogger logger,
        CertificateMetrics? metrics)
    {
        _opening = opening;
        _options = options;
        _clock = clock;
        _logger = logger;
        _authorities = new(opening.Kek);
        _policies = new(opening.Kek);
        _revocations = new(opening.Kek);
        _federation = new(opening.Kek);
        _consumers = new(opening.Kek);
        _reader = new(opening.Files.Database);
        _queries = new(_reader, () => KeyEncryptionKeySource.Load(options, storeIsNew: false));
        _writer = new(session, () => opening.OpenSession(default), options, clock, logger, metrics);
        _maintenance = new(_writer, options, clock);
        _retention = new(_reader, _writer, opening.Kek, options, logger);
        NewestAtOpening = _writer.State.NewestIssuedAt is > 0 and var newest ? StoredTime.FromMicroseconds(newest) : null;
    }

    /// <inheritdoc />
    public StoreHealth Health => _writer.Health is { IsReady: true } && ClockIsBehind()
        ? new(StoreHealthReason.ClockBehind, string.Create(
            CultureInfo.InvariantCulture, $"the clock stands more than {_options.MaxClockStep} behind the newest record"))
        : _writer.Health;

    /// <summary>What tells this store from any other.</summary>
    public string Name => Convert.ToHexStringLower(_opening.Identity.StoreId);

    /// <summary>That it was restored from a backup; null: never.</summary>
    public RestoreMark? Restored => _opening.Restored;

    /// <summary>The time of the newest record when the store was opened; null: there was none.</summary>
    public DateTimeOffset? NewestAtOpening { get; }

    /// <summary>The writer, for tests that put writes of their own into its queue.</summary>
    internal StoreWriter Writer => _writer;

    /// <summary>Opens the store in a directory, or makes a new one.</summary>
    /// <param name="options">Validated options.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="loggers">Gets checkpoints and failures.</param>
    /// <param name="metrics">Counts transactions; null where nobody looks.</param>
    /// <param name="cancellationToken">Gives the opening up before it begins.</param>
    /// <returns>The store, or why it was refused: of processes that start at once on one directory, one is not.</returns>
    public static Task<StoreOpenOutcome> OpenAsync(
        StorageOptions options,
        TimeProvider clock,
        ILoggerFactory loggers,
        CertificateMetrics? metrics,
        CancellationToken cancellationToken) =>
        Task.Run(() => Open(options, clock, loggers.CreateLogger<SqliteStore>(), metrics, cancellationToken), cancellationToken);

    /// <inheritdoc />
    public Task AppendAsync(IssuanceRecord record, CancellationToken cancellationToken) =>
        _writer.WriteAsync(new JournalWrite(record, _options.MaxClockStep), cancellationToken);

    /// <inheritdoc />
    public Task AppendAsync(AuditEvent auditEvent, CancellationToken cancellationToken) =>
        _writer.WriteAsync(new AuditWrite(auditEvent, isPosted: false), cancellationToken);

    /// <inheritdoc />
    public void Post(AuditEvent auditEvent) => _writer.Post(new AuditWrite(auditEvent, isPosted: true));

    /// <inheritdoc />
    /// <remarks>Runs on the caller's thread: a search of some 30 us in pages that are in memory costs less than a switch.</remarks>
    public Task<LastToken?> FindLastTokenAsync(
        SerialNumber serial, DateTimeOffset notBefore, CancellationToken cancellationToken)
    {
        try
        {
            return Task.FromResult(_reader.FindLastToken(serial, notBefore));
        }
        catch (JournalUnavailableException exception)
        {
            return Task.FromException<LastToken?>(exception);
        }
    }

    /// <inheritdoc />
    public Task<AuthoritySet> LoadAsync(CancellationToken cancellationToken) =>
        _reader.ReadAsync(_authorities.Read, cancellationToken);

    /// <inheritdoc />
    public Task<Pkcs8PrivateKey?> OpenKeyAsync(string id, CancellationToken cancellationToken) =>
        _reader.ReadAsync(connection => _authorities.OpenKey(connection, id), cancellationToken);

    /// <inheritdoc />
    /// <remarks>Sealed here and not by the writer: a caller that gives up zeroes its keys while the write still waits.</remarks>
    public async Task<AuthoritySet?> TryApplyAsync(AuthorityChange change, CancellationToken cancellationToken)
    {
        var write = new AuthorityWrite(change, _authorities.SealKeys(change), _authorities, _options.MaxClockStep);
        await _writer.WriteAsync(write, cancellationToken);
        return write.Applied;
    }

    /// <inheritdoc />
    public Task<StoredPolicies> LoadPoliciesAsync(CancellationToken cancellationToken) =>
        _reader.ReadAsync(_policies.Read, cancellationToken);

    /// <inheritdoc />
    public Task SavePoliciesAsync(
        StoredPolicies previous, StoredPolicies next, IReadOnlyList<AuditEvent> records, CancellationToken cancellationToken) =>
        _writer.WriteAsync(new StateWrite<StoredPolicies>(_policies, previous, next, records), cancellationToken);

    /// <inheritdoc />
    public Task<long> FindStartAsync(DateTimeOffset issuedSince, CancellationToken cancellationToken) =>
        _reader.ReadAsync(connection => LeafReader.FindStart(connection, issuedSince), cancellationToken);

    /// <inheritdoc />
    public Task<LeafPage> ReadLeavesAsync(long after, int span, DateTimeOffset aliveAt, CancellationToken cancellationToken) =>
        _reader.ReadAsync(connection => LeafReader.Read(connection, after, span, aliveAt), cancellationToken);

    /// <inheritdoc />
    public Task<IReadOnlyDictionary<long, IssuanceRecord>> ReadRecordsAsync(
        IReadOnlyCollection<long> sequences, CancellationToken cancellationToken) =>
        _reader.ReadAsync(connection => LeafReader.ReadRecords(connection, sequences), cancellationToken);

    /// <inheritdoc />
    public Task<IReadOnlyList<Consumer>> LoadConsumersAsync(CancellationToken cancellationToken) =>
        _reader.ReadAsync(_consumers.Read, cancellationToken);

    /// <inheritdoc />
    public Task SaveConsumersAsync(ConsumerChanges changes, CancellationToken cancellationToken) =>
        _writer.WriteAsync(new ConsumerWrite(_consumers.Seal(changes.Saved), changes.Removed), cancellationToken);

    /// <inheritdoc />
    public Task<StoredRevocations> LoadRevocationsAsync(CancellationToken cancellationToken) =>
        _reader.ReadAsync(_revocations.Read, cancellationToken);

    /// <inheritdoc />
    public Task SaveRevocationsAsync(
        StoredRevocations previous, StoredRevocations next, IReadOnlyList<AuditEvent> audit, CancellationToken cancellationToken) =>
        _writer.WriteAsync(new StateWrite<StoredRevocations>(_revocations, previous, next, audit), cancellationToken);

    /// <inheritdoc />
    public Task<StoredFederation> LoadFederationAsync(CancellationToken cancellationToken) =>
        _reader.ReadAsync(_federation.Read, cancellationToken);

    /// <inheritdoc />
    public Task SaveFederationAsync(
        StoredFederation previous, StoredFederation next, IReadOnlyList<AuditEvent> audit, CancellationToken cancellationToken) =>
        _writer.WriteAsync(new StateWrite<StoredFederation>(_federation, previous, next, audit), cancellationToken);

    /// <inheritdoc />
    public Task<LiveCertificates> FindLiveAsync(LiveQuery query, CancellationToken cancellationToken) =>
        _reader.ReadAsync(connection => LiveCertificateSearch.Find(connection, query), cancellationToken);

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
    public Task<long> PruneAsync(DateTimeOffset now, CancellationToken cancellationToken) => _retention.PruneAsync(now, cancellationToken);

    /// <summary>Writes what waits, signs a last checkpoint, closes the database and lets go of the lock.</summary>
    public async ValueTask DisposeAsync()
    {
        await _maintenance.DisposeAsync();
        await _writer.CloseAsync();
        _retention.Dispose();
        _reader.Dispose();
        _opening.Dispose();
        Log.StoreClosed(_logger, _options.DirectoryPath);
    }

    private static StoreOpenOutcome Open(
        StorageOptions options,
        TimeProvider clock,
        ILogger logger,
        CertificateMetrics? metrics,
        CancellationToken cancellationToken)
    {
        var opening = new StoreOpening(options, logger);
        StoreSession? session = null;
        SqliteStore? store = null;
        try
        {
            if (opening.Open() is { } refused)
            {
                return refused;
            }

            session = opening.OpenSession(cancellationToken);
            store = new SqliteStore(opening, session, options, clock, logger, metrics);
            Log.StoreOpened(logger, options.DirectoryPath, store._writer.State.Journal.Sequence, store._writer.State.Audit.Sequence);
            if (store.ClockIsBehind())
            {
                Log.ClockBehindAtStart(logger, clock.GetUtcNow(), store.NewestAtOpening!.Value); // not null: the clock is held against it
            }

            return new StoreOpenOutcome.Opened(store);
        }
        catch (SqliteException exception)
        {
            return new StoreOpenOutcome.Refused(StoreOpenError.IoError, $"the store cannot be opened: {exception.Message}");
        }
        finally
        {
            if (store is null)
            {
                session?.Dispose();
                opening.Dispose();
            }
        }
    }

    private bool ClockIsBehind() =>
        _writer.State.IsClockBehind(StoredTime.ToMicroseconds(_clock.GetUtcNow()), _options.MaxClockStep);
}
