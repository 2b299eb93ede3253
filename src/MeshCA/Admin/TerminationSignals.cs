using System.Runtime.InteropServices;

namespace MeshCA.Admin;

/// <summary>Turns the signals that ask a process to end into a cancelled token.</summary>
internal sealed class TerminationSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Starts to listen for SIGINT and SIGTERM.</summary>
    public TerminationSignals()
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, Cancel));
        }
    }

    /// <summary>Is cancelled by the first signal; the second ends the process.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    // Without this the runtime would end the process at once, and what is being written with it. A second signal
    // does just that, for whoever will not wait.
    private void Cancel(PosixSignalContext context)
    {
        context.Cancel = !_source.IsCancellationRequested;
        _source.Cancel();
    }
}
