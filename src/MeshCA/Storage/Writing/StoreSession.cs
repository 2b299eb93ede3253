using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Verification;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MeshCA.Storage.Writing;

/// <summary>The writer's connection with its prepared statements; thrown away and opened again after an I/O error.</summary>
internal sealed class StoreSession : IDisposable
{
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;

    private StoreSession(SqliteConnection connection, StoreIdentity identity, CancellationToken cancellationToken)
    {
        Connection = connection;
        CheckpointKey = identity.CheckpointKey;
        _begin = new(connection, "BEGIN IMMEDIATE");
        _commit = new(connection, "COMMIT");
        InsertJournal = new(connection, JournalTable.Insert);
        InsertAudit = new(connection, AuditTable.Insert);
        InsertCheckpoint = new(connection, CheckpointTable.Insert);
        (State, Findings) = Survey(connection, identity, cancellationToken);
    }

    /// <summary>The connection.</summary>
    public SqliteConnection Connection { get; }

    /// <summary>Signs checkpoints.</summary>
    public CheckpointKey CheckpointKey { get; }

    /// <summary>The state of the last commit.</summary>
    public StoreState State { get; private set; }

    /// <summary>What was not as this service left it when the session was opened; empty once a checkpoint says so.</summary>
    public IReadOnlyList<VerificationFinding> Findings { get; private set; }

    /// <summary>Computes the chains' links.</summary>
    public ChainHasher Hasher { get; } = new();

    /// <summary>Scratch space for canonical forms.</summary>
    public CanonicalWriter Writer { get; } = new();

    /// <summary>Inserts a journal row.</summary>
    public SqliteStatement InsertJournal { get; }

    /// <summary>Inserts an audit event.</summary>
    public SqliteStatement InsertAudit { get; }

    /// <summary>Inserts a checkpoint.</summary>
    public SqliteStatement InsertCheckpoint { get; }

    /// <summary>Opens the database for writing.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="walCheckpointPages">Pages in the write-ahead log before they move into the database.</param>
    /// <param name="identity">Names the store and signs its checkpoints; stays the caller's.</param>
    /// <param name="cancellationToken">Gives the opening up.</param>
    /// <exception cref="SqliteException">It cannot be opened or read.</exception>
    /// <exception cref="StoreNotDurableException">Its commits would not survive a crash.</exception>
    public static StoreSession Open(
        string path, int walCheckpointPages, StoreIdentity identity, CancellationToken cancellationToken)
    {
        var connection = StoreConnections.OpenWriter(path, walCheckpointPages);
        try
        {
            return new StoreSession(connection, identity, cancellationToken);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Begins a batch.</summary>
    public StoreTransaction Begin(DateTimeOffset now)
    {
        _begin.Run();
        return new StoreTransaction(this, now);
    }

    /// <summary>Makes a batch durable: returns after the fsync.</summary>
    /// <exception cref="SqliteException">It is not durable.</exception>
    public void Commit(StoreTransaction transaction)
    {
        _commit.Run();
        State = transaction.State;
        Findings = [];
    }

    /// <summary>Gives a batch up, if SQLite has not done so already.</summary>
    public void Rollback()
    {
        foreach (var statement in Statements())
        {
            statement.Reset();
        }

        if (raw.sqlite3_get_autocommit(Connection.Handle) == 0)
        {
            StoreConnections.Execute(Connection, "ROLLBACK");
        }
    }

    /// <summary>Moves everything from the write-ahead log into the database, so that the file alone is whole.</summary>
    public void Truncate() => StoreConnections.Execute(Connection, "PRAGMA wal_checkpoint(TRUNCATE)");

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var statement in Statements())
        {
            statement.Dispose();
        }

        Hasher.Dispose();
        Connection.Dispose();
    }

    // In one snapshot, so that what is verified is what is taken over. With every session, also after a fault of a running
    // service: the next checkpoint would else vouch for whatever stands in the tables by then.
    private static (StoreState State, IReadOnlyList<VerificationFinding> Findings) Survey(
        SqliteConnection connection, StoreIdentity identity, CancellationToken cancellationToken)
    {
        using var snapshot = connection.BeginTransaction(deferred: true);
        return (
            StoreStateReader.Read(connection, identity),
            new AuditVerifier(identity).VerifyTail(connection, cancellationToken));
    }

    private SqliteStatement[] Statements() => [_begin, _commit, InsertJournal, InsertAudit, InsertCheckpoint];
}
