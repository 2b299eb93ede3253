using System.Diagnostics;
using System.IO;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using MeshCA.IntegrationTests.Proxies;

namespace MeshCA.IntegrationTests.Agents.Peers;

/// <summary>A workload in a process of its own: what it says comes as JSON objects, one a line.</summary>
internal sealed class WorkloadProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Channel<JsonElement> _said = Channel.CreateUnbounded<JsonElement>();
    private readonly StringBuilder _errors = new();

    private WorkloadProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => NoteError(line.Data);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                _said.Writer.TryComplete();
            }
            else if (line.Data.StartsWith('{'))
            {
                _said.Writer.TryWrite(JsonDocument.Parse(line.Data).RootElement);
            }
            else
            {
                NoteError(line.Data);
            }
        };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    private static string App { get; } = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "..", "..", "WorkloadApiExample", new DirectoryInfo(AppContext.BaseDirectory).Name, "WorkloadApiExample"));

    /// <summary>What it wrote beside JSON.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>Starts one with go-spiffe (<c>gospiffe.go</c>).</summary>
    /// <param name="socket">The agent's socket.</param>
    /// <param name="arguments">The verb and its arguments.</param>
    public static WorkloadProcess StartGo(string socket, params string[] arguments)
    {
        try
        {
            return Start(RepositoryFile.PathOf("artifacts/gospiffe"), socket, arguments);
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new InvalidOperationException("run `scripts/install-go-spiffe.sh`", missing);
        }
    }

    /// <summary>Starts a .NET application that is set up as the client library's README says (<c>tests/WorkloadApiExample</c>).</summary>
    /// <param name="socket">The agent's socket.</param>
    /// <param name="address">Where it serves.</param>
    /// <param name="peer">Whom it calls.</param>
    /// <param name="peerId">Who that must be.</param>
    public static WorkloadProcess StartApp(string socket, string address, string peer, string peerId) =>
        Start(App, socket, ["app", address, peer, peerId]);

    private static WorkloadProcess Start(string program, string socket, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SPIFFE_ENDPOINT_SOCKET"] = "unix://" + socket;
        return new WorkloadProcess(Process.Start(start)!);
    }

    /// <summary>Runs one with go-spiffe to its end.</summary>
    /// <returns>All that it said, and its exit code.</returns>
    public static async Task<(IReadOnlyList<JsonElement> Said, int ExitCode)> RunGoAsync(string socket, params string[] arguments)
    {
        await using var peer = StartGo(socket, arguments);
        var said = new List<JsonElement>();
        using var patience = new CancellationTokenSource(Patience);
        await foreach (var each in peer._said.Reader.ReadAllAsync(patience.Token))
        {
            said.Add(each);
        }

        await peer._process.WaitForExitAsync(patience.Token);
        return (said, peer._process.ExitCode);
    }

    /// <summary>The next thing that it says.</summary>
    public async Task<JsonElement> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            return await _said.Reader.ReadAsync(patience.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            throw new InvalidOperationException($"the workload says nothing more; errors: {Errors}", e);
        }
    }

    /// <summary>Gives it a line.</summary>
    public async Task WriteAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Gives it a line.</summary>
    /// <returns>What it says to that.</returns>
    public async Task<JsonElement> AskAsync(string line)
    {
        await WriteAsync(line);
        return await NextAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }

        _process.Dispose();
    }

    private void NoteError(string? line)
    {
        lock (_errors)
        {
            _errors.AppendLine(line);
        }
    }
}
