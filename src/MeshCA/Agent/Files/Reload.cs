using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using MeshCA.Agent.Connecting;
using MeshCA.Configuration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Agent.Files;

/// <summary>Tells a program that its files changed: a command, or a signal to the process of a pid file.</summary>
/// <param name="options">Which.</param>
/// <param name="logger">Gets the command's output.</param>
internal sealed partial class Reload(AgentFilesOptions options, ILogger logger)
{
    private const string Library = "libc";
    private const int MaxOutput = 2 * 1024; // of each stream: what a command prints must not push out what it complains of
    private const int MaxPidFile = 64;
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(1);

    // Small steps of the clock; the two times come from different counts of it.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(5);
    private Told? _told;

    /// <summary>Tells it.</summary>
    /// <returns>What went wrong, or null.</returns>
    public Task<string?> RunAsync(CancellationToken cancellationToken) => options switch
    {
        { ReloadCommand.Count: > 0 } => RunCommandAsync(cancellationToken),
        { ReloadPidFile.Length: > 0 } => Task.FromResult(Signal()),
        _ => Task.FromResult<string?>(null),
    };

    private string? Signal()
    {
        if (SmallFile.TryRead(options.ReloadPidFile, MaxPidFile, out var fault) is not { } bytes)
        {
            return fault ?? "";
        }

        // 0, 1 and negative numbers mean more than one process, or the first of all.
        if (!int.TryParse(Encoding.ASCII.GetString(bytes).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var process) || process < 2)
        {
            return $"`{options.ReloadPidFile}` holds no process number";
        }

        if (ProcessStart.TryRead(process) is not { } start || WrittenAt(options.ReloadPidFile) is not { } written)
        {
            return $"there is no process {process}, or it is not seen from here";
        }

        // The program is gone, and another process has its number: the signal would end that one.
        var now = new Told(process, start, written);
        if (IsAnother(_told, now))
        {
            return $"`{options.ReloadPidFile}` is stale: process {process} is another one by now";
        }

        if (kill(process, (int)options.ReloadSignal) != 0)
        {
            return $"process {process}: {Marshal.GetLastPInvokeErrorMessage()}";
        }

        _told = now;
        return null;
    }

    /// <summary>Whether the process is another than the one whose number was written into the file.</summary>
    /// <param name="last">Who was told last; null: nobody yet.</param>
    /// <param name="now">Who has the number now.</param>
    /// <returns>
    /// True where it started after the file was written, as no program writes its number before it is; and where another was told by the same writing
    /// of the file.
    /// </returns>
    internal static bool IsAnother(Told? last, Told now) =>
        now.Start.Time > now.Written + Slack
        || (last is not null && last.Process == now.Process && last.Written == now.Written && last.Start.Ticks != now.Start.Ticks);

    // By the open file: a link has a time of its own.
    private static DateTimeOffset? WrittenAt(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            return File.GetLastWriteTimeUtc(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private async Task<string?> RunCommandAsync(CancellationToken cancellationToken)
    {
        var output = new BoundedText(MaxOutput);
        var errors = new BoundedText(MaxOutput);
        try
        {
            using var process = Start(output, errors);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(options.ReloadTimeout);
            try
            {
                await process.WaitForExitAsync(patience.Token).WaitAsync(options.ReloadTimeout + LongestDrain, cancellationToken);
            }
            catch (Exception e) when ((e is OperationCanceledException or TimeoutException) && (cancellationToken.IsCancellationRequested || !process.HasExited))
            {
                process.Kill(entireProcessTree: true);
                cancellationToken.ThrowIfCancellationRequested();
                return $"`{options.ReloadCommand[0]}` did not end within {options.ReloadTimeout}";
            }
            catch (Exception e) when (e is OperationCanceledException or TimeoutException)
            {
                // It has ended; what it left running holds its output.
            }

            string[] parts = [errors.ToString(), output.ToString()];
            var text = string.Join(" | ", parts.Where(part => part.Length > 0));
            Log.Reloaded(logger, options.Directory, options.ReloadCommand[0], process.ExitCode, text);
            return process.ExitCode == 0 ? null : $"`{options.ReloadCommand[0]}` ended with {process.ExitCode}: {text}";
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
        {
            return $"`{options.ReloadCommand[0]}`: {e.Message}";
        }
    }

    private Process Start(BoundedText output, BoundedText errors)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(options.ReloadCommand[0], options.ReloadCommand.Skip(1))
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = "/",
            },
        };
        process.OutputDataReceived += (_, line) => output.Add(line.Data);
        process.ErrorDataReceived += (_, line) => errors.Add(line.Data);
        try
        {
            process.Start();
        }
        catch
        {
            process.Dispose();
            throw;
        }

        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    [LibraryImport(Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int kill(int process, int signal);

    /// <summary>A process that was told.</summary>
    /// <param name="Process">Its number.</param>
    /// <param name="Start">When it started.</param>
    /// <param name="Written">When its file was written.</param>
    internal sealed record Told(int Process, ProcessStart Start, DateTimeOffset Written);

    /// <summary>The begin of an output, in one line.</summary>
    private sealed class BoundedText(int max)
    {
        private readonly StringBuilder _text = new();

        public void Add(string? line)
        {
            lock (_text)
            {
                if (line is not null && _text.Length < max)
                {
                    _text.Append(_text.Length > 0 ? " | " : "").Append(line.AsSpan(0, Math.Min(line.Length, max - _text.Length)));
                }
            }
        }

        public override string ToString()
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }
}
