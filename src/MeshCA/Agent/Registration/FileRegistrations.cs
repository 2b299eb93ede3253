using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Agent.Registration;

/// <summary>The entries of a file. One that is wrong changes nothing, but is reported.</summary>
/// <param name="path">The file.</param>
/// <param name="first">What it held at the start.</param>
/// <param name="logger">Gets changes and faults.</param>
internal sealed class FileRegistrations(string path, RegistrationReading.Read first, ILogger<FileRegistrations> logger) : IRegistrations
{
    private string _hash = first.Hash;
    private volatile IReadOnlyList<string> _faults = [];
    private volatile RegistrationSet _current = new(1, first.Entries);
    private TaskCompletionSource _changed = NewChange();

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
        switch (RegistrationFile.Read(path))
        {
            case RegistrationReading.Failed(var faults):
                Report(faults);
                break;
            case RegistrationReading.Read(_, var hash) when hash == _hash:
                _faults = [];
                break;
            case RegistrationReading.Read(var entries, var hash):
                (_hash, _faults, _current) = (hash, [], new RegistrationSet(_current.Revision + 1, entries));
                Log.RegistrationInForce(logger, path, entries.Length, hash);
                Interlocked.Exchange(ref _changed, NewChange()).SetResult();
                break;
        }
    }

    // Once for each kind of fault, not with every look.
    private void Report(IReadOnlyList<string> faults)
    {
        if (!faults.SequenceEqual(_faults))
        {
            _faults = faults;
            Log.RegistrationRefused(logger, path, string.Join("; ", faults.Take(5)), faults.Count);
        }
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
