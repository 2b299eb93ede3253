using System.IO;
using System.Security.Cryptography;
using MeshCA.Storage.Connections;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MeshCA.Storage.Backups;

/// <summary>A database that lies in the clear beside a backup for as long as the work on it takes; only its owner reads it.</summary>
/// <remarks>Its name is drawn, so that runs at the same time each have their own and none deletes what it did not make.</remarks>
internal sealed class PlainCopy : IDisposable
{
    // Of 4 KiB each.
    private const int PagesAtOnce = BackupPace.StepSize / 4096;

    private PlainCopy(string path) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Makes an empty file beside another.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static PlainCopy Beside(string path)
    {
        var copy = $"{path}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}.plain";
        using (new FileStream(copy, StoreFiles.CreateSecret))
        {
            return new(copy);
        }
    }

    /// <summary>Opens the empty file for writing.</summary>
    public FileStream OpenEmpty() => new(Path, FileMode.Open, FileAccess.Write, FileShare.None);

    /// <summary>Copies a database, in one read transaction, so consistent, while its service goes on writing.</summary>
    /// <exception cref="SqliteException">It cannot be read, or the copy not written.</exception>
    public void TakeFrom(string database, CancellationToken cancellationToken)
    {
        using var source = StoreConnections.OpenReader(database);
        using var destination = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = Path, Pooling = false }.ToString());
        destination.Open();
        using (var written = new FileStream(Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            CopyPages(source, destination, written, cancellationToken);
        }

        // One file: in WAL mode a reader would leave others beside it.
        StoreConnections.Execute(destination, "PRAGMA journal_mode=DELETE");
    }

    /// <summary>Deletes the file and what SQLite may have left with it.</summary>
    public void Dispose() => StoreFiles.DeleteDatabase(Path);

    private static void CopyPages(
        SqliteConnection source, SqliteConnection destination, FileStream written, CancellationToken cancellationToken)
    {
        // Held over all steps: without it, each write of the service between two steps would begin the copy anew.
        using var snapshot = source.BeginTransaction(deferred: true);
        StoreConnections.Execute(source, "SELECT count(*) FROM sqlite_schema");
        using var backup = raw.sqlite3_backup_init(destination.Handle, "main", source.Handle, "main");
        SqliteException.ThrowExceptionForRC(backup.IsInvalid ? raw.sqlite3_errcode(destination.Handle) : raw.SQLITE_OK, destination.Handle);
        int code;
        do
        {
            BackupPace.Step(written.SafeFileHandle, cancellationToken);
            code = raw.sqlite3_backup_step(backup, PagesAtOnce);
        }
        while (code == raw.SQLITE_OK);

        if (code != raw.SQLITE_DONE)
        {
            throw new SqliteException("the database cannot be copied", code);
        }
    }
}
