using System.IO;
using MeshCA.Auditing;
using MeshCA.Configuration;
using MeshCA.Storage.Revocations;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Sealing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace MeshCA.Storage.Backups;

/// <summary>Restores a backup into an empty directory.</summary>
internal sealed class StoreRestore(StorageOptions options, TimeProvider clock, ILoggerFactory loggers)
{
    /// <summary>Restores a backup to <see cref="StorageOptions.DirectoryPath"/>, and audits it in the restored store.</summary>
    /// <param name="path">The backup; untrusted.</param>
    /// <param name="cancellationToken">Ends the work; a store that is restored whole is neither taken back nor left without its audit event.</param>
    public async Task<BackupOutcome> RestoreAsync(string path, CancellationToken cancellationToken)
    {
        var unpacked = await Task.Run(
            () => new StoreBackup(options, clock).Guard(path, kek => Unpack(path, kek, cancellationToken)), cancellationToken);
        if (unpacked is not BackupOutcome.Restored restored)
        {
            return unpacked;
        }

        // Not to be cancelled any more: the store is in its place, and must say that it was restored.
        return await SqliteStore.OpenAsync(options, clock, loggers, metrics: null, default) switch
        {
            StoreOpenOutcome.Opened(var store) => await AuditAsync(store, restored),
            StoreOpenOutcome.Refused(_, var message) => new BackupOutcome.Refused(BackupError.IoError, message),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static async Task<BackupOutcome> AuditAsync(SqliteStore store, BackupOutcome.Restored restored)
    {
        await using (store)
        {
            var gap = restored.Gap;
            await store.AppendAsync(
                new AuditEvent
                {
                    Time = gap.RestoredAt,
                    Action = "store.restored",
                    Actor = "system",
                    Target = "store",
                    Outcome = "ok",
                    Detail = $"backup of {restored.Manifest.CreatedAt:O}; certificates issued from {gap.KnownUntil:O} to {gap.RestoredAt:O} have no record",
                },
                default);
        }

        return restored;
    }

    private BackupOutcome Unpack(string path, KeyEncryptionKey kek, CancellationToken cancellationToken)
    {
        var files = new StoreFiles(options.DirectoryPath);
        files.CreateDirectory(loggers.CreateLogger<StoreRestore>());
        if (!files.TryLock(out var held))
        {
            return new BackupOutcome.Refused(BackupError.NotEmpty, $"a service runs on `{files.Directory}`");
        }

        using (held)
        {
            // Not the database alone: SQLite would replay a write-ahead log left from another store into the restored one.
            return Directory.EnumerateFiles(files.Directory, Path.GetFileName(files.Database) + "*").Any()
                ? new BackupOutcome.Refused(BackupError.NotEmpty, $"there is a store in `{files.Directory}` already")
                : UnpackTo(files, path, kek, cancellationToken);
        }
    }

    private BackupOutcome UnpackTo(StoreFiles files, string path, KeyEncryptionKey kek, CancellationToken cancellationToken)
    {
        // Under another name until it is whole: a start after a crash in between must not take half a store for one.
        var partial = Path.Combine(files.Directory, "restore.partial");
        StoreFiles.DeleteDatabase(partial);
        try
        {
            BackupManifest? manifest;
            using (var target = new FileStream(partial, StoreFiles.CreateSecret))
            {
                if (StoreBackup.Unpack(path, target, kek, out manifest, cancellationToken) is var error && error != BackupError.None)
                {
                    return new BackupOutcome.Refused(error, StoreBackup.Describe(error, path));
                }
            }

            var now = clock.GetUtcNow();
            Mark(partial, kek, now, manifest!); // not null: it was unpacked
            File.Move(partial, files.Database);
            DirectorySync.Flush(files.Directory);
            return new BackupOutcome.Restored(manifest!, new RestoreGap(manifest!.NewestRecord ?? manifest.CreatedAt, now));
        }
        finally
        {
            StoreFiles.DeleteDatabase(partial);
        }
    }

    // Before it is in its place: a store that was restored and does not say so would let a rotation pass by the certificates of the gap.
    private static void Mark(string database, KeyEncryptionKey kek, DateTimeOffset now, BackupManifest manifest)
    {
        // One for each second since: the same backup may be restored again, and must not give the numbers out that it gave out the first time.
        var since = Math.Max(0, (long)(now - manifest.CreatedAt).TotalSeconds);
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, Pooling = false }.ToString());
        connection.Open();
        using var transaction = connection.BeginTransaction();
        new RestoreMark(
            now,
            AuthorityTable.ReadRevision(connection).Revision + since,
            new RevocationTable(kek).ReadRevision(connection) + since).Write(connection, kek);
        transaction.Commit();
    }
}
