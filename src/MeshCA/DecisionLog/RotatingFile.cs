using System.IO;
using MeshCA.Storage;

namespace MeshCA.DecisionLog;

/// <summary>When a file gives way to a new one, and how many there may be.</summary>
/// <param name="Path">The file; older ones have `.1`, `.2` and so on behind the name.</param>
/// <param name="MaxBytes">Longest file.</param>
/// <param name="MaxFiles">Most files, the newest included.</param>
/// <param name="MaxAge">How long a file is written to.</param>
internal sealed record RotationSettings(string Path, long MaxBytes, int MaxFiles, TimeSpan MaxAge);

/// <summary>A file of lines that are only added, in a bounded number of bounded files.</summary>
/// <remarks>After a write that failed the next one opens the file again, and what the failure left of a line is cut off.</remarks>
internal sealed class RotatingFile(RotationSettings settings, TimeProvider clock) : IDisposable
{
    private FileStream? _file;
    private long _length;
    private DateTimeOffset _since;

    /// <summary>Adds lines.</summary>
    /// <param name="lines">Whole lines with their ends, shorter than a file.</param>
    /// <exception cref="IOException">They could not be written; none of them is in the file.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Append(ReadOnlySpan<byte> lines)
    {
        _file ??= Open();
        if (_length > 0 && (_length + lines.Length > settings.MaxBytes || clock.GetUtcNow() - _since >= settings.MaxAge))
        {
            Rotate();
        }

        try
        {
            _file.Write(lines);
            _length += lines.Length;
        }
        catch (IOException)
        {
            CutOff();
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_file))]
    private void Rotate()
    {
        Dispose();
        for (var number = settings.MaxFiles - 1; number >= 1; number--)
        {
            var newer = NameOf(number - 1);
            if (File.Exists(newer))
            {
                File.Move(newer, NameOf(number), overwrite: true);
            }
        }

        if (settings.MaxFiles == 1)
        {
            File.Delete(settings.Path);
        }

        _file = Open();
    }

    private FileStream Open()
    {
        RemoveSurplus();
        var isNew = !File.Exists(settings.Path);
        var file = new FileStream(settings.Path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read | FileShare.Delete,
            BufferSize = 0, // what was written is in the system's hands, and lines come in batches as it is
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        try
        {
            // Nobody rotates a device or a FIFO: renaming would take it from everybody.
            if (FileKinds.Of(file.SafeFileHandle) != FileKind.Regular)
            {
                throw new IOException("it is no regular file");
            }

            EndLastLine(file);
            _length = file.Length;
            _since = isNew ? clock.GetUtcNow() : File.GetCreationTimeUtc(settings.Path);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    // A crash may have left a part of a line; the next record must not become part of it too.
    private static void EndLastLine(FileStream file)
    {
        if (file.Length > 0)
        {
            file.Seek(-1, SeekOrigin.End);
            if (file.ReadByte() != '\n')
            {
                file.WriteByte((byte)'\n');
            }
        }
    }

    private void CutOff()
    {
        try
        {
            _file?.SetLength(_length);
        }
        catch (Exception fault) when (fault is IOException or ArgumentException or NotSupportedException)
        {
            // No regular file, or a disk that takes nothing at all: opening it again ends the line.
        }

        Dispose();
    }

    // There were more files allowed before.
    private void RemoveSurplus()
    {
        for (var number = settings.MaxFiles; File.Exists(NameOf(number)); number++)
        {
            File.Delete(NameOf(number));
        }
    }

    private string NameOf(int number) => number == 0
        ? settings.Path
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{settings.Path}.{number}");
}
