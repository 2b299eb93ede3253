using System.Diagnostics;
using System.Globalization;
using System.IO;
using MeshCA.Issuance;
using MeshCA.Storage;
using MeshCA.Storage.Queries;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Storage;

/// <summary>Stores in processes of their own: raced against each other, and killed.</summary>
public sealed class StoreOpeningTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<Process> _processes = [];

    private string StorePath => _directory.File("store");

    [Fact]
    public async Task Of_ten_processes_that_start_at_once_on_an_empty_directory_one_serves_and_nine_are_refused()
    {
        var processes = Enumerable.Range(0, 10).Select(_ => Start("open")).ToList();
        var lines = await Task.WhenAll(processes.Select(process => process.StandardOutput.ReadLineAsync()));
        Assert.Single(lines, "opened");
        Assert.Equal(9, lines.Count(line => line == "refused InUse"));

        processes.ForEach(process => process.StandardInput.Close());
        foreach (var process in processes)
        {
            await process.WaitForExitAsync();
        }

        var next = Start("open");
        Assert.Equal("opened", await next.StandardOutput.ReadLineAsync());
    }

    [Fact]
    public async Task After_kill_9_every_acknowledged_record_is_there_and_the_chain_holds()
    {
        var process = Start("append");
        Assert.Equal("opened", await process.StandardOutput.ReadLineAsync());
        var acknowledged = new List<string>();
        while (acknowledged.Count < 300)
        {
            acknowledged.Add((await process.StandardOutput.ReadLineAsync())!);
        }

        process.Kill();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            acknowledged.Add(line);
        }

        await process.WaitForExitAsync();

        // A line that the kill cut short was not received whole.
        acknowledged.RemoveAll(line => line.Split(' ') is not [{ Length: 32 }, { Length: 10 }]);
        var opened = Assert.IsType<StoreOpenOutcome.Opened>(await OpenAsync());
        await using var store = opened.Store;
        foreach (var line in acknowledged)
        {
            Assert.True(SerialNumber.TryParse(line[..32], out var serial));
            var notBefore = DateTimeOffset.FromUnixTimeSeconds(long.Parse(line[33..], CultureInfo.InvariantCulture));
            Assert.NotNull(await store.FindLastTokenAsync(serial, notBefore, default));
        }

        Assert.Empty((await store.VerifyAsync(null, default)).Findings);
    }

    [Fact]
    public async Task A_store_in_use_by_another_process_can_be_looked_at_and_verified()
    {
        var process = Start("append");
        Assert.Equal("opened", await process.StandardOutput.ReadLineAsync());
        await process.StandardOutput.ReadLineAsync();
        using var inspection = new StoreInspection(Options());
        Assert.NotEmpty((await inspection.FindRecordsAsync(new(), default)).Entries);
        Assert.Empty((await inspection.VerifyAsync(null, default)).Findings);
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited)
            {
                process.Kill();
                process.WaitForExit();
            }

            process.Dispose();
        }

        _directory.Dispose();
    }

    private Process Start(string mode)
    {
        var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "StoreProcess"), [mode, StorePath])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        _processes.Add(process);
        return process;
    }

    private Task<StoreOpenOutcome> OpenAsync() =>
        SqliteStore.OpenAsync(Options(), TimeProvider.System, new RecordingLogger(), null, default);

    private MeshCA.Configuration.StorageOptions Options() => new() { DirectoryPath = StorePath, CreateKeyEncryptionKey = true };
}
