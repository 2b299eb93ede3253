using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Agent.Registration;

/// <summary>The entries of a file. One that is wrong changes nothing, but is reported.</summary>
internal sealed class FileRegistrations : IRegistrations
{
    private readonly string _path;
    private readonly int _usual;
    private readonly ILogger<FileRegistrations> _logger;
    private string _hash;
    private volatile IReadOnlyList<string> _faults = [];
    private volatile RegistrationSet _current;
    private TaskCompletionSource _changed = NewChange();

    /// <summary>Takes what the file held at the start.</summary>
    /// <param name="path">The file.</param>
    /// <param name="first">What it held.</param>
    /// <param name="usual">How many identities of one caller are sure to reach it together.</param>
    /// <param name="logger">Gets changes and faults.</param>
    public FileRegistrations(string path, RegistrationReading.Read first, int usual, ILogger<FileRegistrations> logger)
    {
        (_path, _usual, _logger, _hash, _current) = (path, usual, logger, first.Hash, new(1, first.Entries));
        WarnOf(_current);
    }

    /// <inheritdoc />
    public RegistrationSet Current => _current;

    /// <summary>Why the file as it is now is not in force; empty while it is.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <inheritdoc />
    public async Task<RegistrationSet> NewerThanAsync(long revision, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Taken first: a change between the two lines ends the wait.
            var changed = Volatile.Read(ref _changed).Task;
            if (_current is var current && current.Revision > revision)
            {
                return current;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Looks at the file. One caller at a time.</summary>
    public void Reload()
    {
        switch (RegistrationFile.Read(_path))
        {
            case RegistrationReading.Failed(var faults):
                Report(faults);
                break;
            case RegistrationReading.Read(_, var hash) when hash == _hash:
                _faults = [];
                break;
            case RegistrationReading.Read(var entries, var hash):
                (_hash, _faults, _current) = (hash, [], new RegistrationSet(_current.Revision + 1, entries));
                Log.RegistrationInForce(_logger, _path, entries.Length, hash);
                WarnOf(_current);
                Interlocked.Exchange(ref _changed, NewChange()).SetResult();
                break;
        }
    }

    // Beforehand: once such a caller asks, it lacks identities.
    private void WarnOf(RegistrationSet entries)
    {
        if (entries.Fullest is { } fullest && fullest.Entries > _usual)
        {
            Log.RegistrationTooFull(_logger, _path, fullest.ToString(), fullest.Entries, _usual);
        }
    }

    // Once for each kind of fault, not with every look.
    private void Report(IReadOnlyList<string> faults)
    {
        if (!faults.SequenceEqual(_faults))
        {
            _faults = faults;
            Log.RegistrationRefused(_logger, _path, string.Join("; ", faults.Take(5)), faults.Count);
        }
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
