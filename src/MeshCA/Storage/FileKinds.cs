using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MeshCA.Storage;

/// <summary>What a path leads to.</summary>
internal enum FileKind
{
    /// <summary>Nothing, or nothing that may be looked at.</summary>
    None,

    /// <summary>A regular file.</summary>
    Regular,

    /// <summary>A Unix socket.</summary>
    Socket,

    /// <summary>A directory, FIFO or device.</summary>
    Other,
}

/// <summary>Tells kinds of files apart, which .NET does not: opening a FIFO as if it were a file would wait for ever.</summary>
internal static partial class FileKinds
{
    private const string Library = "libc";

    // statx(2): its result is the same on every architecture.
    private const int CurrentDirectory = -100;
    private const int EmptyPath = 0x1000;
    private const uint TypeMask = 0x1;
    private const uint AllMask = 0x7ff;
    private const int ResultSize = 256;
    private const int ModeOffset = 28;
    private const int InodeOffset = 32;
    private const int SizeOffset = 40;
    private const int ChangedOffset = 96;
    private const int ModifiedOffset = 112;
    private const int DeviceOffset = 136;
    private const int KindBits = 0xF000;
    private const int RegularBits = 0x8000;
    private const int SocketBits = 0xC000;

    /// <summary>The kind of what a path leads to, links followed.</summary>
    /// <param name="path">The path.</param>
    public static FileKind Of(string path)
    {
        var result = new byte[ResultSize];
        return KindOf(statx(CurrentDirectory, path, 0, TypeMask, result), result);
    }

    /// <summary>The kind of an open file.</summary>
    /// <param name="handle">The file.</param>
    public static FileKind Of(SafeFileHandle handle)
    {
        var result = new byte[ResultSize];
        return KindOf(statx(handle, "", EmptyPath, TypeMask, result), result);
    }

    /// <summary>The present state of an open file.</summary>
    /// <param name="handle">The file.</param>
    public static FileStamp StampOf(SafeFileHandle handle)
    {
        var result = new byte[ResultSize];
        return statx(handle, "", EmptyPath, AllMask, result) != 0 ? default : new(
            MemoryMarshal.Read<ulong>(result.AsSpan(DeviceOffset)),
            MemoryMarshal.Read<ulong>(result.AsSpan(InodeOffset)),
            MemoryMarshal.Read<ulong>(result.AsSpan(SizeOffset)),
            Nanoseconds(result.AsSpan(ModifiedOffset)),
            Nanoseconds(result.AsSpan(ChangedOffset)));
    }

    // Unchecked: file systems hold times that nanoseconds do not reach; only equality matters.
    private static long Nanoseconds(ReadOnlySpan<byte> time) =>
        unchecked((MemoryMarshal.Read<long>(time) * 1_000_000_000) + MemoryMarshal.Read<uint>(time[sizeof(long)..]));

    private static FileKind KindOf(int code, byte[] result) => code != 0
        ? FileKind.None
        : (MemoryMarshal.Read<ushort>(result.AsSpan(ModeOffset)) & KindBits) switch
        {
            RegularBits => FileKind.Regular,
            SocketBits => FileKind.Socket,
            _ => FileKind.Other,
        };

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int statx(int directory, string path, int flags, uint mask, [In, Out] byte[] result);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int statx(SafeFileHandle file, string path, int flags, uint mask, [In, Out] byte[] result);
}
