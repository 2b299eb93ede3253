using System.Diagnostics;
using System.IO;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using MeshCA.IntegrationTests.Proxies;

namespace MeshCA.IntegrationTests.Agents.Peers;

/// <summary>A workload with go-spiffe (<c>gospiffe.go</c>) in a process of its own: what it says comes as JSON objects.</summary>
internal sealed class GoPeer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Channel<JsonElement> _said = Channel.CreateUnbounded<JsonElement>();
    private readonly StringBuilder _errors = new();

    private GoPeer(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(line.Data);
            }
        };
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                _said.Writer.TryComplete();
            }
            else if (line.Data.Length > 0)
            {
                _said.Writer.TryWrite(JsonDocument.Parse(line.Data).RootElement);
            }
        };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    /// <summary>Starts one.</summary>
    /// <param name="socket">The agent's socket.</param>
    /// <param name="arguments">The verb and its arguments.</param>
    public static GoPeer Start(string socket, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(RepositoryFile.PathOf("artifacts/gospiffe"), arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["SPIFFE_ENDPOINT_SOCKET"] = "unix://" + socket;
            return new GoPeer(Process.Start(start)!);
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new InvalidOperationException("run `scripts/install-go-spiffe.sh`", missing);
        }
    }

    /// <summary>Runs one to its end.</summary>
    /// <returns>All that it said, and its exit code.</returns>
    public static async Task<(IReadOnlyList<JsonElement> Said, int ExitCode)> RunAsync(string socket, params string[] arguments)
    {
        await using var peer = Start(socket, arguments);
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
            lock (_errors)
            {
                throw new InvalidOperationException($"the peer says nothing more; errors: {_errors}", e);
            }
        }
    }

    /// <summary>Gives it a line.</summary>
    public async Task WriteAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
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
}
