using System.Diagnostics;
using System.IO;
using System.Text.Json;
using MeshCA.IntegrationTests.Proxies;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Authorities;

/// <summary>A CSR client that nobody here wrote, grpcio, which goes about its roots and connections as istio-agent does.</summary>
internal sealed class StockAgent : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Process _process;
    private readonly Task<string> _errors;

    /// <summary>Starts one.</summary>
    /// <param name="address">The service.</param>
    /// <param name="roots">The roots file as it is at the start, PEM.</param>
    /// <param name="token">What proves who it is.</param>
    public StockAgent(Uri address, string roots, string token)
    {
        using var key = WorkloadKey.P256();
        File.WriteAllText(_directory.File("root-cert.pem"), roots);
        File.WriteAllText(_directory.File("csr.pem"), key.Csr(WorkloadKey.PilotAgentSubject));
        File.WriteAllText(_directory.File("token"), token);
        var start = new ProcessStartInfo(
            "/usr/bin/python3",
            [
                RepositoryFile.PathOf("tests/MeshCA.IntegrationTests/Authorities/stock_agent.py"),
                $"localhost:{address.Port}", _directory.File("root-cert.pem"), $"@{_directory.File("csr.pem")}", $"@{_directory.File("token")}",
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["no_proxy"] = "*";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        _process = Process.Start(start) ?? throw new InvalidOperationException("python3 does not start");
        _errors = _process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>What it did since it was last asked.</summary>
    public async Task<StockAgentReport> ReportAsync()
    {
        await _process.StandardInput.WriteLineAsync("report");
        await _process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        return await ReadAsync();
    }

    /// <summary>Ends it.</summary>
    /// <returns>What it did since it was last asked.</returns>
    public async Task<StockAgentReport> StopAsync()
    {
        _process.StandardInput.Close();
        var last = await ReadAsync();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(_process.ExitCode == 0, await _errors);
        return last;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _directory.Dispose();
    }

    private async Task<StockAgentReport> ReadAsync()
    {
        if (await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is not { } line)
        {
            throw new InvalidDataException($"{await _errors} (is grpcio there? `scripts/install-interop.sh` installs it)");
        }

        using var document = JsonDocument.Parse(line);
        var said = document.RootElement;
        return new(
            said.GetProperty("long").GetInt32(),
            said.GetProperty("fresh").GetInt32(),
            said.GetProperty("bundle").GetString()!,
            [.. said.GetProperty("faults").EnumerateArray().Select(fault => fault.GetString()!)]);
    }
}

/// <summary>What a stock agent did in some time.</summary>
/// <param name="Long">Calls that went well over the connection that stays.</param>
/// <param name="Fresh">Calls that went well over a connection of their own.</param>
/// <param name="Bundle">The trust bundle of the last answer, PEM.</param>
/// <param name="Faults">Calls that failed.</param>
internal sealed record StockAgentReport(int Long, int Fresh, string Bundle, IReadOnlyList<string> Faults);
