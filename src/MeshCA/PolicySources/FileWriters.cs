using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MeshCA.PolicySources;

/// <summary>Asks the system whether somebody has a file open for writing.</summary>
/// <remarks>
/// A read lease (fcntl(2)) is granted only where nobody has. It is given back at once, so whoever opens the file meanwhile
/// waits for no longer than that. The system answers for files of our own user, or with CAP_LEASE, and not on every file system.
/// </remarks>
internal static partial class FileWriters
{
    private const string Library = "libc";

    // The same on x64 and arm64.
    private const int SetSignal = 10;
    private const int SetLease = 1024;
    private const int ReadLease = 0;
    private const int NoLease = 2;
    private const int Urgent = 23;
    private const int TryAgain = 11;

    /// <summary>Whether somebody is known to have a file open for writing.</summary>
    /// <param name="file">The file, opened for reading only.</param>
    public static bool Has(SafeFileHandle file)
    {
        // Who breaks a lease has SIGIO sent to its holder, which ends a process; SIGURG is passed over.
        if (fcntl(file, SetSignal, Urgent) != 0)
        {
            return false;
        }

        if (fcntl(file, SetLease, ReadLease) != 0)
        {
            return Marshal.GetLastPInvokeError() == TryAgain;
        }

        _ = fcntl(file, SetLease, NoLease); // closing the file would do so too
        return false;
    }

    [LibraryImport(Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fcntl(SafeFileHandle file, int command, int argument);
}
