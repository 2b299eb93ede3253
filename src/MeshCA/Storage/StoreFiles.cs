using System.Diagnostics.CodeAnalysis;
using System.IO;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Storage;

/// <summary>The files of one store: what they are called and who may read them.</summary>
internal sealed class StoreFiles(string directory)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Creates a file that only its owner reads; fails where it exists.</summary>
    public static FileStreamOptions CreateSecret => new()
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.ReadWrite,
        Share = FileShare.None,
        UnixCreateMode = OwnerOnly,
    };

    /// <summary>The directory.</summary>
    public string Directory { get; } = directory;

    /// <summary>The database; SQLite gives its <c>-wal</c> and <c>-shm</c> files the same mode.</summary>
    public string Database => Path.Combine(Directory, "meshca.db");

    /// <summary>The lock that the one process holds that writes.</summary>
    public string Lock => Path.Combine(Directory, "store.lock");

    /// <summary>Deletes a database, and what SQLite may have left with it: it would play a journal of another into the next one of that name.</summary>
    /// <param name="path">The database; none of the files need be there.</param>
    /// <exception cref="IOException">One of them cannot be deleted.</exception>
    public static void DeleteDatabase(string path)
    {
        foreach (var suffix in (string[])["-journal", "-wal", "-shm", ""])
        {
            File.Delete(path + suffix);
        }
    }

    /// <summary>Makes the directory, readable by its owner only; one that exists is left as it is.</summary>
    /// <remarks>Kubernetes mounts a volume with the group's rights (fsGroup) and another owner: its mode is not ours to change.</remarks>
    /// <param name="logger">Gets a warning where others may put files into it.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public void CreateDirectory(ILogger logger)
    {
        DirectorySync.Create(Directory, OwnerOnly | UnixFileMode.UserExecute);
        if ((File.GetUnixFileMode(Directory) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0)
        {
            Log.StoreDirectoryShared(logger, Directory);
        }
    }

    /// <summary>Makes the database file before SQLite would, which takes the umask's mode.</summary>
    public void CreateDatabase()
    {
        if (!File.Exists(Database))
        {
            using (new FileStream(Database, CreateSecret))
            {
            }
        }
        else if (File.GetUnixFileMode(Database) != OwnerOnly)
        {
            File.SetUnixFileMode(Database, OwnerOnly);
        }
    }

    /// <summary>Takes the lock, which the kernel drops with the process however it ends.</summary>
    /// <returns>Whether no other process, and nobody else in this one, holds it.</returns>
    /// <exception cref="IOException">The lock file cannot be opened for another reason.</exception>
    public bool TryLock([NotNullWhen(true)] out FileStream? held)
    {
        // Errno EWOULDBLOCK of flock(2), as .NET reports it.
        const int wouldBlock = 11;
        try
        {
            held = new FileStream(Lock, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = OwnerOnly,
            });
            return true;
        }
        catch (IOException exception) when (exception.HResult == wouldBlock)
        {
            held = null;
            return false;
        }
    }
}
