using System.Net.Http;
using System.Text;
using System.Text.Json;
using MeshCA.IntegrationTests.Running;
using System.Diagnostics;
using Xunit;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>The real executable, <c>meshca agent</c>, in a process of its own, which may be ended and started again.</summary>
/// <param name="arguments">Its command line behind <c>agent</c>.</param>
internal sealed class AgentProcess(params string[] arguments) : IAsyncDisposable
{
    private readonly StringBuilder _errors = new();
    private Process? _process;

    /// <summary>What it wrote to standard error.</summary>
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

    /// <summary>Starts it, and waits until it is ready.</summary>
    public async Task StartAsync()
    {
        var process = Process.Start(new ProcessStartInfo(
            MeshProcess.Executable, ["agent", .. arguments, "--set", "Agent:HttpPort=0", "--output", "json"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(line.Data);
            }
        };
        process.BeginErrorReadLine();
        using var http = new HttpClient { BaseAddress = await ReadAddressAsync(process) };
        await Eventually.TrueAsync(
            async () =>
            {
                using var response = await http.GetAsync("/healthz/ready");
                return response.IsSuccessStatusCode;
            },
            "a ready agent", TimeSpan.FromSeconds(60));
    }

    /// <summary>SIGKILL, or SIGTERM and its own end.</summary>
    public async Task EndAsync(bool kills)
    {
        var process = _process!;
        if (kills)
        {
            process.Kill();
        }
        else
        {
            await Command.RunAsync("kill", "", ["-TERM", $"{process.Id}"]);
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(kills || process.ExitCode == 0, Errors);
        process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
        }
    }

    private async Task<Uri> ReadAddressAsync(Process process)
    {
        var report = new StringBuilder();
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            report.AppendLine(line);
            if (line.TrimEnd().EndsWith('}'))
            {
                using var document = JsonDocument.Parse(report.ToString());
                return new Uri(document.RootElement.GetProperty("httpAddress").GetString()!);
            }
        }

        throw new InvalidOperationException($"the agent does not start: {Errors}");
    }
}
