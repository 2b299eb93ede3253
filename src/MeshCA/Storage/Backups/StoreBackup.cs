using System.IO;
using System.Text.Json;
using MeshCA.Authorities;
using MeshCA.Configuration;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Sealing;
using MeshCA.Storage.Verification;
using MeshCA.Storage.Writing;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Backups;

/// <summary>Makes and verifies sealed backups of a store; takes no lock, so also while a service runs on it.</summary>
internal sealed class StoreBackup(StorageOptions options, TimeProvider clock)
{
    /// <summary>Makes a backup.</summary>
    /// <param name="path">The file to write; must not exist. A plain copy of the database lies beside it meanwhile, 0600.</param>
    /// <param name="cancellationToken">Ends the work; neither the file nor the copy stays.</param>
    public Task<BackupOutcome> CreateAsync(string path, CancellationToken cancellationToken) =>
        Task.Run(() => Guard(path, kek => Create(path, kek, cancellationToken)), cancellationToken);

    /// <summary>Verifies a backup: every chunk, then the store in it as <see cref="AuditVerifier"/> does.</summary>
    /// <param name="path">The backup. A plain copy of the database lies beside it meanwhile, 0600.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public Task<BackupOutcome> VerifyAsync(string path, CancellationToken cancellationToken) =>
        Task.Run(() => Guard(path, kek => Verify(path, kek, cancellationToken)), cancellationToken);

    /// <summary>Unpacks the database of a backup.</summary>
    /// <param name="path">The backup.</param>
    /// <param name="target">The file to write; empty; stays the caller's.</param>
    /// <param name="kek">The key it was sealed with.</param>
    /// <param name="manifest">What is in it, or null.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Why it was refused; what was written so far is to be deleted.</returns>
    public static BackupError Unpack(
        string path, FileStream target, KeyEncryptionKey kek, out BackupManifest? manifest, CancellationToken cancellationToken)
    {
        manifest = null;
        using var input = File.OpenRead(path);
        if (!BackupOpener.TryOpen(input, kek, out var opener, out var error))
        {
            return error;
        }

        using (opener)
        {
            return opener.TryReadManifest(out manifest) && TryCopy(opener, target, cancellationToken) ? BackupError.None : BackupError.Damaged;
        }
    }

    /// <summary>Says in words why a backup cannot be used.</summary>
    public static string Describe(BackupError error, string path) => error switch
    {
        BackupError.NoBackup => $"`{path}` is no backup",
        BackupError.OtherKey => $"`{path}` was sealed with another key-encryption key",
        BackupError.Damaged => $"`{path}` was changed or cut off",
        _ => $"`{path}` cannot be used: {error}",
    };

    /// <summary>Finds the key, runs the work, and turns what may go wrong with files into a refusal.</summary>
    public BackupOutcome Guard(string path, Func<KeyEncryptionKey, BackupOutcome> work)
    {
        try
        {
            using var kek = KeyEncryptionKeySource.Load(options, storeIsNew: false);
            return work(kek);
        }
        catch (KeySealException exception)
        {
            return new BackupOutcome.Refused(BackupError.KeyRefused, exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SqliteException)
        {
            return new BackupOutcome.Refused(BackupError.IoError, $"`{path}`: {exception.Message}");
        }
    }

    private static bool TryCopy(BackupOpener opener, FileStream output, CancellationToken cancellationToken)
    {
        var buffer = new byte[BackupFormat.ChunkSize];
        while (!opener.IsEnded)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!opener.TryRead(buffer, out var length))
            {
                return false;
            }

            output.Write(buffer.AsSpan(0, length));
        }

        output.Flush(flushToDisk: true);
        return true;
    }

    private BackupOutcome.Created Create(string path, KeyEncryptionKey kek, CancellationToken cancellationToken)
    {
        // First, so that a file that exists is neither overwritten nor deleted.
        using var output = new FileStream(path, StoreFiles.CreateSecret);
        try
        {
            using var copy = PlainCopy.Beside(path);
            copy.TakeFrom(new StoreFiles(options.DirectoryPath).Database, cancellationToken);
            var manifest = Describe(copy.Path, kek);
            Seal(copy.Path, manifest, output, kek, cancellationToken);
            DirectorySync.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!); // not null: a file is in a directory
            return new BackupOutcome.Created(manifest);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    private static StoreIdentity Identify(SqliteConnection connection, KeyEncryptionKey kek) =>
        StoreIdentity.Open(connection, kek) ?? throw new IOException("the store lacks its identity");

    private BackupManifest Describe(string copy, KeyEncryptionKey kek)
    {
        using var connection = StoreConnections.OpenReader(copy);
        using var identity = Identify(connection, kek);
        var state = StoreStateReader.Read(connection, identity);
        return new BackupManifest
        {
            CreatedAt = clock.GetUtcNow(),
            StoreId = Convert.ToHexStringLower(identity.StoreId),
            JournalSequence = state.Journal.Sequence,
            NewestRecord = state.NewestIssuedAt == 0 ? null : StoredTime.FromMicroseconds(state.NewestIssuedAt),
            AuditSequence = state.Audit.Sequence,
            Checkpoint = state.Checkpoint is { } checkpoint ? CheckpointReference.Of(checkpoint).ToString() : null,
            DatabaseSize = new FileInfo(copy).Length,
        };
    }

    private static void Seal(
        string copy, BackupManifest manifest, FileStream output, KeyEncryptionKey kek, CancellationToken cancellationToken)
    {
        using var input = File.OpenRead(copy);
        using var sealer = new BackupSealer(output, kek);
        sealer.Write(JsonSerializer.SerializeToUtf8Bytes(manifest, BackupJson.Default.BackupManifest), isLast: false);
        var buffer = new byte[BackupFormat.ChunkSize];
        var unflushed = 0;
        int length;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            length = input.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            sealer.Write(buffer.AsSpan(0, length), isLast: length == 0);
            unflushed += length;
            if (unflushed >= BackupPace.StepSize)
            {
                output.Flush();
                BackupPace.Step(output.SafeFileHandle, cancellationToken);
                unflushed = 0;
            }
        }
        while (length > 0);

        output.Flush(flushToDisk: true);
    }

    private static BackupOutcome Verify(string path, KeyEncryptionKey kek, CancellationToken cancellationToken)
    {
        using var copy = PlainCopy.Beside(path);
        BackupManifest? manifest;
        using (var target = copy.OpenEmpty())
        {
            if (Unpack(path, target, kek, out manifest, cancellationToken) is var error && error != BackupError.None)
            {
                return new BackupOutcome.Refused(error, Describe(error, path));
            }
        }

        using var connection = StoreConnections.OpenReader(copy.Path);
        using var identity = Identify(connection, kek);
        var report = new AuditVerifier(identity).Verify(connection, expected: null, cancellationToken);
        return report.IsIntact
            ? new BackupOutcome.Verified(manifest!, report)
            : new BackupOutcome.Refused(BackupError.Tampered, report.Findings[0].Describe());
    }
}
