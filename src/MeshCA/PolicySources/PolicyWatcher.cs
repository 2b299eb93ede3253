using System.IO;
using System.Threading.Channels;
using MeshCA.Configuration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.PolicySources;

/// <summary>Tells when to look at the files: soon after a change that the system notifies, and otherwise from time to time.</summary>
/// <remarks>
/// A notification says only that it is time to look; what changed is found by reading. The looks from time to time find what
/// no notification tells: network file systems, a directory that was replaced, an overflow.
/// </remarks>
internal sealed class PolicyWatcher : IDisposable
{
    // A directory in which something is written all the time must not keep the looks off for ever.
    private const int MaxQuietWaits = 10;

    private readonly Channel<bool> _occasions =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Dictionary<string, FileSystemWatcher?> _watchers;
    private readonly TimeSpan _quiet;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly ITimer _timer;

    /// <summary>Begins to watch.</summary>
    /// <param name="directories">What; empty ones are left out.</param>
    /// <param name="options">How often.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logger">Gets what cannot be watched.</param>
    public PolicyWatcher(IEnumerable<string> directories, PolicyOptions options, TimeProvider clock, ILogger logger)
    {
        (_quiet, _clock, _logger) = (options.Debounce, clock, logger);
        _watchers = directories
            .Where(directory => directory.Length > 0)
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(directory => directory, _ => default(FileSystemWatcher), StringComparer.Ordinal);
        _timer = clock.CreateTimer(_ => _occasions.Writer.TryWrite(false), null, options.PollInterval, options.PollInterval);
        Arm();
    }

    /// <summary>The directory of a file; empty for an empty path.</summary>
    public static string Parent(string path) => path.Length > 0 ? Path.GetDirectoryName(path) ?? "" : "";

    /// <summary>Waits for an occasion to look, and then until the files are quiet.</summary>
    /// <returns>Whether a change was notified.</returns>
    public async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        var isNotified = await _occasions.Reader.ReadAsync(cancellationToken);
        for (var i = 0; i < MaxQuietWaits; i++)
        {
            await Task.Delay(_quiet, _clock, cancellationToken);
            if (!_occasions.Reader.TryRead(out var next))
            {
                break;
            }

            isNotified |= next;
        }

        return isNotified;
    }

    /// <summary>Tells that something changed, such as what somebody else watches.</summary>
    public void Notify() => _occasions.Writer.TryWrite(true);

    /// <summary>Makes the next wait one for the quiet time only.</summary>
    public void AskForLook() => _occasions.Writer.TryWrite(false);

    /// <summary>Watches the directories that are not watched, such as one that was not there.</summary>
    public void Arm()
    {
        foreach (var directory in _watchers.Where(watcher => watcher.Value is null).Select(watcher => watcher.Key).ToList())
        {
            _watchers[directory] = TryWatch(directory);
        }
    }

    /// <summary>Watches all directories anew: their paths may lead elsewhere by now.</summary>
    public void Rearm()
    {
        Disarm();
        Arm();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _timer.Dispose();
        Disarm();
    }

    private FileSystemWatcher? TryWatch(string directory)
    {
        try
        {
            var watcher = new FileSystemWatcher(directory)
            {
                NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size
                    | NotifyFilters.Attributes | NotifyFilters.CreationTime,
            };
            watcher.Created += (_, _) => Notify();
            watcher.Changed += (_, _) => Notify();
            watcher.Deleted += (_, _) => Notify();
            watcher.Renamed += (_, _) => Notify();
            watcher.Error += (_, _) => Notify();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            // No such directory, or the user's limit of watches: the looks from time to time go on.
            Log.PolicyWatchFailed(_logger, directory, e.Message);
            return null;
        }
    }

    private void Disarm()
    {
        foreach (var (directory, watcher) in _watchers.ToList())
        {
            watcher?.Dispose();
            _watchers[directory] = null;
        }
    }
}
