using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO;

namespace Kubernetes.Tests.Running;

/// <summary>A server in a process of its own, which the kernel ends with this one, however this one ends.</summary>
internal sealed class Daemon : IAsyncDisposable
{
    // The kernel sends the signal when the thread ends that started the process, so all are started by one that stays.
    private static readonly BlockingCollection<Action> Starts = StartThread();
    private readonly Process _process;
    private readonly string _log;

    private Daemon(Process process, string log)
    {
        _process = process;
        _log = log;
    }

    public bool IsRunning => !_process.HasExited;

    /// <summary>Starts one.</summary>
    /// <param name="log">File to which its output is appended.</param>
    /// <param name="commandLine">The program and its arguments.</param>
    public static async Task<Daemon> StartAsync(string log, params IReadOnlyList<string> commandLine)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Starts.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(new ProcessStartInfo(
                    "setpriv", ["--pdeathsig", "KILL", "sh", "-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", log, .. commandLine]))!);
            }
            catch (System.ComponentModel.Win32Exception exception)
            {
                started.SetException(exception);
            }
        });
        return new Daemon(await started.Task, log);
    }

    /// <summary>The end of what it wrote, for the message of a test that fails.</summary>
    public string ReadLog() => File.Exists(_log) ? string.Join('\n', File.ReadLines(_log).TakeLast(40)) : "";

    /// <summary>SIGKILL: no handler runs.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
    }

    /// <summary>A signal by its name.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private static BlockingCollection<Action> StartThread()
    {
        var starts = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var start in starts.GetConsumingEnumerable())
            {
                start();
            }
        })
        { IsBackground = true, Name = "starts daemons" }.Start();
        return starts;
    }
}
