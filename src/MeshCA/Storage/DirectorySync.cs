using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MeshCA.Storage;

/// <summary>Makes the names in a directory survive a crash: fsync(2) of a file says nothing about its name.</summary>
internal static partial class DirectorySync
{
    private const string Library = "libc";
    private const int ReadOnly = 0;

    /// <summary>Returns when the directory's entries are on disk.</summary>
    /// <exception cref="IOException">They are not.</exception>
    public static void Flush(string directory)
    {
        // .NET opens no directories.
        using var handle = new SafeFileHandle(open(directory, ReadOnly), ownsHandle: true);
        if (handle.IsInvalid)
        {
            throw new IOException($"`{directory}` cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        // Leaves out what file systems without such a call answer (EINVAL, EROFS).
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Makes a directory and those above it that are missing, and returns when their names are on disk.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void Create(string directory, UnixFileMode mode)
    {
        var missing = new Stack<string>();
        for (var path = Path.GetFullPath(directory); path is not null && !Directory.Exists(path); path = Path.GetDirectoryName(path))
        {
            missing.Push(path);
        }

        Directory.CreateDirectory(directory, mode);
        foreach (var path in missing)
        {
            Flush(Path.GetDirectoryName(path)!); // not null: the root is never missing
        }
    }

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int open(string path, int flags);
}
