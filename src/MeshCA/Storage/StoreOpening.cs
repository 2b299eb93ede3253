using System.IO;
using MeshCA.Authorities;
using MeshCA.Configuration;
using MeshCA.Storage.Backups;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Policies;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Sealing;
using MeshCA.Storage.Writing;
using MeshCA.Telemetry;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace MeshCA.Storage;

/// <summary>Takes the lock, finds the key, brings the schema up to date: all that comes before the first record.</summary>
internal sealed class StoreOpening(StorageOptions options, ILogger logger) : IDisposable
{
    private FileStream? _lock;
    private KeyEncryptionKey? _kek;
    private StoreIdentity? _identity;

    /// <summary>The store's files.</summary>
    public StoreFiles Files { get; } = new(options.DirectoryPath);

    /// <summary>Held until the store is closed.</summary>
    public FileStream Lock => _lock ?? throw new InvalidOperationException("the store is not open");

    /// <summary>The key-encryption key.</summary>
    public KeyEncryptionKey Kek => _kek ?? throw new InvalidOperationException("the store is not open");

    /// <summary>The store's name and checkpoint key.</summary>
    public StoreIdentity Identity => _identity ?? throw new InvalidOperationException("the store is not open");

    /// <summary>That it was restored from a backup; null: never.</summary>
    public RestoreMark? Restored { get; private set; }

    /// <summary>Opens what a store needs.</summary>
    /// <returns>Why it was refused; null if it is open.</returns>
    public StoreOpenOutcome.Refused? Open()
    {
        try
        {
            Files.CreateDirectory(logger);
            if (!Files.TryLock(out _lock))
            {
                return new(StoreOpenError.InUse, $"another process serves on the store in `{Files.Directory}`");
            }

            _kek = KeyEncryptionKeySource.Load(options, storeIsNew: !File.Exists(Files.Database));
            WarnOfReaders();
            Files.CreateDatabase();
            return OpenDatabase(_kek);
        }
        catch (KeySealException exception)
        {
            return new(StoreOpenError.KeyRefused, exception.Message);
        }
        catch (StoreNotDurableException exception)
        {
            return new(StoreOpenError.NotDurable, exception.Message);
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            return Refuse(exception);
        }
    }

    /// <summary>Opens a writer's session.</summary>
    public StoreSession OpenSession(CancellationToken cancellationToken) =>
        StoreSession.Open(Files.Database, options.WalCheckpointPages, Identity, cancellationToken);

    /// <summary>Gives up keys and lock, the lock last.</summary>
    public void Dispose()
    {
        _identity?.Dispose();
        _kek?.Dispose();
        _lock?.Dispose();
    }

    // A warning and no refusal: a secret mounted into a pod is often readable by the pod's group.
    private void WarnOfReaders()
    {
        if (KeyEncryptionKeySource.IsReadableByOthers(options))
        {
            Log.KeyEncryptionKeyExposed(logger, KeyEncryptionKeySource.FilePath(options));
        }
    }

    private StoreOpenOutcome.Refused? OpenDatabase(KeyEncryptionKey kek)
    {
        using var connection = StoreConnections.OpenWriter(Files.Database, options.WalCheckpointPages);
        if (!StoreMigrations.TryApply(connection))
        {
            return new(StoreOpenError.NewerSchema, "the store was written by a newer version");
        }

        _identity = StoreIdentity.OpenOrCreate(connection, kek);
        PolicyMark.SetIfKept(connection, kek);
        Restored = RestoreMark.Read(connection, kek);
        return _identity is null
            ? new(StoreOpenError.Damaged, "the store has records but lacks its identity: rows of the table `meta` were removed")
            : null;
    }

    private StoreOpenOutcome.Refused Refuse(Exception exception)
    {
        if (exception is SqliteException { SqliteErrorCode: raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT })
        {
            return new(StoreOpenError.Damaged, $"the store cannot be read: {exception.Message}");
        }

        var health = WriteFault.Classify(exception, Files.Directory);
        var error = health.Reason switch
        {
            StoreHealthReason.DiskFull => StoreOpenError.DiskFull,
            StoreHealthReason.ReadOnly => StoreOpenError.ReadOnly,
            _ => StoreOpenError.IoError,
        };
        return new(error, $"{health.Detail} (`{Files.Directory}`)");
    }
}
