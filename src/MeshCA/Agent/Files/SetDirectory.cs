using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MeshCA.Storage;

namespace MeshCA.Agent.Files;

/// <summary>Modes and owner of the files of a set.</summary>
/// <param name="KeyMode">Mode of what holds the key.</param>
/// <param name="Mode">Mode of the rest.</param>
/// <param name="Owner">User id; null: the agent's.</param>
/// <param name="Group">Group id; null: the agent's.</param>
internal sealed record SetRights(UnixFileMode KeyMode, UnixFileMode Mode, uint? Owner, uint? Group);

/// <summary>A directory whose files change as one set, the way kubelet changes a projected volume.</summary>
/// <remarks>
/// Each set is a directory of its own; the link <c>..data</c> leads to the present one, and the files' names are links through it.
/// Renaming a link over another is one step for every reader: who resolves <c>..data</c> once reads one set. A crash leaves the old
/// set or the new one, since everything below the link is on disk before the link is.
/// </remarks>
/// <param name="path">The directory.</param>
/// <param name="rights">Modes and owner.</param>
/// <param name="clock">The clock that names versions.</param>
internal sealed partial class SetDirectory(string path, SetRights rights, TimeProvider clock)
{
    private const string Library = "libc";
    private const string Current = "..data";
    private const string CurrentAside = "..data_next";
    private const string VersionPrefix = "..set_";
    private const uint Unchanged = uint.MaxValue;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode Passable = Private
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Puts a set in place of the present one.</summary>
    /// <param name="files">All of its files.</param>
    /// <exception cref="IOException">It cannot be written; the present set is untouched.</exception>
    /// <exception cref="UnauthorizedAccessException">The same, for want of rights.</exception>
    public void Write(IReadOnlyList<SetFile> files)
    {
        DirectorySync.Create(path, Passable);
        var version = VersionPrefix
            + clock.GetUtcNow().ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture) + "_" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        var target = Path.Combine(path, version);
        try
        {
            WriteVersion(target, files);
            Link(version, Current, CurrentAside);
        }
        catch
        {
            TryDelete(target);
            throw;
        }

        foreach (var file in files)
        {
            Link($"{Current}/{file.Name}", file.Name, $"..{file.Name}_next");
        }

        DirectorySync.Flush(path);
    }

    /// <summary>Removes sets that were replaced.</summary>
    /// <returns>Whether all are gone; else some cannot be removed yet.</returns>
    public bool RemoveOld()
    {
        try
        {
            var current = new FileInfo(Path.Combine(path, Current)).LinkTarget;
            return Directory.GetDirectories(path, VersionPrefix + "*").Where(directory => Path.GetFileName(directory) != current).All(TryDelete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void WriteVersion(string target, IReadOnlyList<SetFile> files)
    {
        Directory.CreateDirectory(target, Private);
        foreach (var file in files)
        {
            WriteFile(Path.Combine(target, file.Name), file);
        }

        // Nobody gets in before all is right.
        Own(target);
        File.SetUnixFileMode(target, Passable);
        DirectorySync.Flush(target);
    }

    private void WriteFile(string name, SetFile file)
    {
        using var stream = new FileStream(name, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        stream.Write(file.Content.Span);

        // The owner first: chown(2) takes bits away.
        Own(name);
        File.SetUnixFileMode(stream.SafeFileHandle, file.IsSecret ? rights.KeyMode : rights.Mode);
        stream.Flush(flushToDisk: true);
    }

    private void Own(string name)
    {
        if ((rights.Owner ?? rights.Group) is not null && lchown(name, rights.Owner ?? Unchanged, rights.Group ?? Unchanged) != 0)
        {
            throw new IOException($"`{name}` cannot be given to {rights.Owner}:{rights.Group}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    // A plain file of that name gives way too: such as the roots that somebody laid there for the first start (istio-ca §6.8).
    private void Link(string target, string name, string aside)
    {
        var link = new FileInfo(Path.Combine(path, name));
        if (link.LinkTarget == target)
        {
            return;
        }

        var next = Path.Combine(path, aside);
        File.Delete(next);
        File.CreateSymbolicLink(next, target);
        if (rename(next, link.FullName) != 0)
        {
            throw new IOException($"`{link.FullName}` cannot be replaced: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    private static bool TryDelete(string directory)
    {
        try
        {
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int lchown(string path, uint owner, uint group);

    // File.Move follows what the target leads to in places; rename(2) replaces the link itself.
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int rename(string from, string to);
}
