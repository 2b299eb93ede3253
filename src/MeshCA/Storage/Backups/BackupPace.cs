using System.IO;
using Microsoft.Win32.SafeHandles;

namespace MeshCA.Storage.Backups;

/// <summary>Writes a large file in small steps, so that the service's own commits never wait behind much of it.</summary>
/// <remarks>
/// A file system writes out what is dirty of one file before it ends the sync of another. Left alone, a backup gathers gigabytes, and
/// every certificate waits for them.
/// </remarks>
internal static class BackupPace
{
    /// <summary>Bytes after which a step is due.</summary>
    public const int StepSize = 1024 * 1024;

    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(10);

    /// <summary>Puts what was written so far on disk, and lets others have it for a while.</summary>
    /// <param name="file">The file.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static void Step(SafeFileHandle file, CancellationToken cancellationToken)
    {
        RandomAccess.FlushToDisk(file);
        cancellationToken.WaitHandle.WaitOne(Rest);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
