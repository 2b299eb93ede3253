using System.IO;
using System.Runtime.InteropServices;
using MeshCA.Policies;
using MeshCA.Storage;
using Microsoft.Win32.SafeHandles;

namespace MeshCA.PolicySources;

/// <summary>What reading one file gave.</summary>
internal abstract record FileReading
{
    private FileReading()
    {
    }

    /// <summary>All of it was read.</summary>
    /// <param name="Text">The content.</param>
    internal sealed record Read(SourceText Text) : FileReading
    {
        /// <summary>The file's state when it was read.</summary>
        public FileStamp Stamp { get; init; }

        /// <summary>Whether it changed meanwhile, or somebody is known to have it open for writing.</summary>
        public bool IsBeingWritten { get; init; }
    }

    /// <summary>It was not read.</summary>
    /// <param name="Reason">Why: lower case, no period.</param>
    internal sealed record Failed(string Reason) : FileReading;
}

/// <summary>Reads files whose makers are not trusted to have made files.</summary>
internal static partial class PolicyFile
{
    /// <summary>Longest file in bytes; longer texts the readers would refuse.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    private const string Library = "libc";

    // open(2); the same on x64 and arm64. Without O_NONBLOCK opening a FIFO waits for somebody who writes to it.
    private const int ReadOnly = 0;
    private const int NonBlocking = 0x800;
    private const int NotTheTerminal = 0x100;
    private const int CloseOnExecute = 0x80000;

    /// <summary>Reads a regular file, links followed.</summary>
    /// <param name="path">The path.</param>
    public static FileReading Read(string path)
    {
        using var handle = new SafeFileHandle(open(path, ReadOnly | NonBlocking | NotTheTerminal | CloseOnExecute), ownsHandle: true);
        if (handle.IsInvalid)
        {
            return new FileReading.Failed($"it cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        // Of the open file, not of the path, which may lead elsewhere by now.
        if (FileKinds.Of(handle) != FileKind.Regular)
        {
            return new FileReading.Failed("it is no regular file");
        }

        try
        {
            return ReadAll(handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new FileReading.Failed($"it cannot be read: {e.Message}");
        }
    }

    private static FileReading ReadAll(SafeFileHandle handle)
    {
        // A byte more than expected, so that growth is seen.
        var stamp = FileKinds.StampOf(handle);
        var buffer = new byte[Math.Min(RandomAccess.GetLength(handle), MaxBytes) + 1];
        var length = 0;
        while (RandomAccess.Read(handle, buffer.AsSpan(length), length) is > 0 and var read)
        {
            length += read;
            if (length > MaxBytes)
            {
                return new FileReading.Failed($"it has more than {MaxBytes} bytes");
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(2 * buffer.Length, MaxBytes + 1));
            }
        }

        return new FileReading.Read(new SourceText(buffer.AsMemory(0, length)))
        {
            Stamp = stamp,
            IsBeingWritten = FileWriters.Has(handle) || FileKinds.StampOf(handle) != stamp,
        };
    }

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int open(string path, int flags);
}
