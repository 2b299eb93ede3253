using System.IO;
using MeshCA.Issuance;
using MeshCA.Configuration;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Telemetry;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace MeshCA.Storage.Writing;

/// <summary>The one thread that writes: takes all that waits, writes it in one transaction, then tells the callers.</summary>
/// <remarks>
/// One owner for both chains' heads, and one fsync for all requests that wait at the same time. A thread of its own, since
/// a pool thread that blocks in fsync is missing where requests are served.
/// </remarks>
internal sealed class StoreWriter
{
    // Events that nobody waits for may fill this part of the queue: a flood of refused requests stops no certificate.
    private const int PostedShare = 4;

    // From this many writes in one batch on, callers are taken to come side by side.
    private const int ConcurrencyShows = 3;

    private readonly StorageOptions _options;
    private readonly Func<StoreSession> _open;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly CertificateMetrics? _metrics;
    private readonly WriteQueue _queue;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StoreSession? _session;
    private volatile StoreState _state;
    private volatile StoreHealth _health = StoreHealth.Healthy;
    private StoreHealth? _unaudited;
    private long _dropped;
    private long _commits;

    /// <summary>Starts the thread.</summary>
    /// <param name="session">The first session; the writer's from now on.</param>
    /// <param name="open">Opens another after a failure.</param>
    /// <param name="options">Bounds and intervals.</param>
    /// <param name="clock">Stamps checkpoints and notices.</param>
    /// <param name="logger">Gets checkpoints and failures.</param>
    /// <param name="metrics">Counts transactions; null where nobody looks.</param>
    public StoreWriter(
        StoreSession session,
        Func<StoreSession> open,
        StorageOptions options,
        TimeProvider clock,
        ILogger logger,
        CertificateMetrics? metrics)
    {
        _metrics = metrics;
        _session = session;
        _state = session.State;
        _open = open;
        _options = options;
        _clock = clock;
        _logger = logger;
        _queue = new WriteQueue(options.QueueBound);
        _thread = new Thread(Run) { Name = "store writer", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Where the durable store stands.</summary>
    public StoreState State => _state;

    /// <summary>The result of the last attempt to write.</summary>
    public StoreHealth Health => _health;

    /// <summary>Transactions with more than a probe that became durable; by it an idle store is told from a busy one.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>Queues a write and gives its task; where the queue is full, one that failed already.</summary>
    public Task WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        switch (_queue.TryAdd(write))
        {
            case EnqueueOutcome.Full:
                write.Fail(new JournalUnavailableException($"{_options.QueueBound} records wait to be written already"));
                return write.Task;
            case EnqueueOutcome.Closed:
                write.Fail(new JournalUnavailableException("the store is closed"));
                return write.Task;
            default:
                return cancellationToken.CanBeCanceled ? write.Task.WaitAsync(cancellationToken) : write.Task;
        }
    }

    /// <summary>Queues a write that nobody waits for.</summary>
    public void Post(StoreWrite write)
    {
        if (_queue.TryAdd(write, PostedShare) != EnqueueOutcome.Added && write is AuditWrite)
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    /// <summary>Writes what waits, signs a last checkpoint and closes the database.</summary>
    public Task CloseAsync()
    {
        _queue.Close(new CheckpointWrite(CheckpointReason.Shutdown));
        return _ended.Task;
    }

    private void Run()
    {
        var batch = new List<StoreWrite>();
        var last = 0;
        MarkFirst(batch);
        while (_queue.Take(batch, _options.MaxBatch, GroupSize(last), _options.GroupDelay))
        {
            Write(batch);
            last = batch.Count;
            batch.Clear();
        }

        CloseSession();
        _health = new(StoreHealthReason.Closed, "the store is closed");
        _ended.SetResult();
    }

    private void MarkFirst(List<StoreWrite> none)
    {
        if (_session is { Findings.Count: > 0 } session)
        {
            StoreNews.Log(_logger, session.Findings);
            Write(none);
        }
    }

    private StoreSession Reopen()
    {
        var session = _open();
        StoreNews.Log(_logger, session.Findings);
        return session;
    }

    // A commit costs the same for one record as for ten. Where several came at once the last time, as many and half again
    // are worth a short wait; a caller alone never waits.
    private static int GroupSize(int last) => last < ConcurrencyShows ? 1 : last + (last / 2);

    private void Write(List<StoreWrite> batch)
    {
        var started = _clock.GetTimestamp();
        try
        {
            var session = _session ??= Reopen();
            var transaction = session.Begin(_clock.GetUtcNow());
            if (session.Findings.Count > 0)
            {
                transaction.MarkTampering(session.Findings);
            }

            var dropped = AppendNotices(transaction);
            foreach (var write in batch)
            {
                write.Apply(transaction);
            }

            if (transaction.State.Unsigned >= _options.CheckpointInterval)
            {
                transaction.Checkpoint(CheckpointReason.Interval);
            }

            session.Commit(transaction);
            _metrics?.JournalCommitted(batch.Count(write => write is JournalWrite), _clock.GetElapsedTime(started));
            Interlocked.Add(ref _dropped, -dropped);
            Committed(transaction, batch);
        }

        // The thread's outermost frame: whatever went wrong, the callers must hear that nothing is durable.
        catch (Exception exception)
        {
            Failed(exception, batch);
        }
    }

    private long AppendNotices(StoreTransaction transaction)
    {
        if (_unaudited is { } failure)
        {
            transaction.AppendNotice("store.recovered", "ok", $"{failure.Reason}: {failure.Detail}");
        }

        var dropped = Interlocked.Read(ref _dropped);
        if (dropped > 0)
        {
            transaction.AppendNotice("audit.dropped", "failed", $"{dropped} events were lost: too many at once, or the store failed");
        }

        return dropped;
    }

    private void Committed(StoreTransaction transaction, List<StoreWrite> batch)
    {
        StoreNews.Log(_logger, _state, transaction, isRecovered: _unaudited is not null);
        _state = transaction.State;
        _health = StoreHealth.Healthy;
        _unaudited = null;
        Interlocked.Add(ref _commits, batch.Exists(write => write is not ProbeWrite) ? 1 : 0);
        foreach (var write in batch)
        {
            write.Complete();
        }
    }

    private void Failed(Exception exception, List<StoreWrite> batch)
    {
        var isWrong = batch is [{ IsAlone: true }]
            && exception is ArgumentException or SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_CONSTRAINT };
        Abandon(isSound: isWrong || exception is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL });
        if (isWrong)
        {
            // The write is wrong, not the store: it was alone in its transaction, and the caller shall see why.
            batch[0].Fail(new ArgumentException($"the change does not fit the store: {exception.Message}", exception));
            return;
        }

        var health = WriteFault.Classify(exception, _options.DirectoryPath);
        if (_unaudited?.Reason != health.Reason)
        {
            Log.StoreFailed(_logger, exception, health.Reason.ToString(), health.Detail);
        }

        _health = _unaudited = health;
        _metrics?.JournalFailed();
        Interlocked.Add(ref _dropped, batch.Count(write => write is AuditWrite { IsPosted: true }));
        var unavailable = new JournalUnavailableException(health.Detail, exception);
        batch.ForEach(write => write.Fail(unavailable));
    }

    // A full disk leaves the connection sound. After anything else only a new one is known to agree with the files: also
    // where a number is taken that should be free, since then somebody put a row there.
    private void Abandon(bool isSound)
    {
        try
        {
            _session?.Rollback();
            if (isSound)
            {
                return;
            }
        }
        catch (SqliteException rollback)
        {
            Log.RollbackFailed(_logger, rollback);
        }

        _session?.Dispose();
        _session = null;
    }

    private void CloseSession()
    {
        try
        {
            _session?.Truncate();
        }
        catch (Exception exception) when (exception is SqliteException or IOException)
        {
            // Nothing is lost: the next start reads the write-ahead log.
            Log.CloseFailed(_logger, exception);
        }
        finally
        {
            _session?.Dispose();
        }
    }
}
