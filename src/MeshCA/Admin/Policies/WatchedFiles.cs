using System.Globalization;
using System.IO;

namespace MeshCA.Admin.Policies;

/// <summary>Files as they were before they were read. Looking at them again also sees files that an editor replaces.</summary>
internal sealed class WatchedFiles
{
    private readonly Dictionary<string, string> _stamps = new(StringComparer.Ordinal);

    /// <summary>Remembers a file, or which files a directory holds; call it before reading.</summary>
    public void Add(string path) => _stamps.TryAdd(path, StampOf(path));

    /// <summary>Waits until a file is changed, added or removed.</summary>
    /// <param name="interval">Time between two looks.</param>
    /// <param name="clock">Waits.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task WaitForChangeAsync(TimeSpan interval, TimeProvider clock, CancellationToken cancellationToken)
    {
        do
        {
            await Task.Delay(interval, clock, cancellationToken);
        }
        while (_stamps.All(stamp => StampOf(stamp.Key) == stamp.Value));
    }

    private static string StampOf(string path)
    {
        if (Directory.Exists(path))
        {
            return string.Join('\n', PolicyFiles.In(path));
        }

        var file = new FileInfo(path);
        return file.Exists ? string.Create(CultureInfo.InvariantCulture, $"{file.LastWriteTimeUtc.Ticks} {file.Length}") : "";
    }
}
