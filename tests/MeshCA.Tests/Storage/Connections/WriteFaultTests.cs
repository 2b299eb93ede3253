using System.Diagnostics;
using System.IO;
using MeshCA.Issuance;
using MeshCA.Storage;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
using TestSupport;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Connections;

/// <summary>A store on a small file system of its own, which the tests fill and mount read-only; needs root.</summary>
public sealed class WriteFaultTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _mountPoint = new();
    private readonly ManualTimeProvider _clock = new(Now);
    private readonly RecordingLogger _log = new();

    private string Filler => _mountPoint.File("filler");

    public async ValueTask InitializeAsync() => await RunAsync("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", _mountPoint.Path);

    public async ValueTask DisposeAsync()
    {
        await RunAsync("umount", _mountPoint.Path);
        _mountPoint.Dispose();
    }

    [Fact]
    public async Task A_full_disk_refuses_records_and_the_store_recovers_when_space_returns()
    {
        await using var store = await OpenAsync();
        var kept = Leaf();
        await store.AppendAsync(kept, default);
        await FillDiskAsync();
        var refused = await AppendUntilRefusedAsync(store);
        Assert.Contains("full", refused.Message, StringComparison.Ordinal);
        Assert.Equal(StoreHealthReason.DiskFull, store.Health.Reason);

        File.Delete(Filler);
        var after = Leaf();
        await store.AppendAsync(after, default);
        Assert.True(store.Health.IsReady);
        Assert.NotNull(await store.FindLastTokenAsync(kept.Serial, kept.NotBefore, default));
        Assert.NotNull(await store.FindLastTokenAsync(after.Serial, after.NotBefore, default));
        Assert.Empty((await store.VerifyAsync(null, default)).Findings);
        Assert.Contains((await store.FindEventsAsync(new(), default)).Entries, entry => entry.Event.Action == "store.recovered");
    }

    [Fact]
    public async Task A_store_that_failed_recovers_without_a_request()
    {
        await using var store = await OpenAsync();
        await FillDiskAsync();
        await AppendUntilRefusedAsync(store);
        File.Delete(Filler);
        await AdvanceUntilAsync(() => store.Health.IsReady);
        Assert.Contains(_log.Entries, entry => entry.EventId == 2004);
    }

    [Fact]
    public async Task An_idle_store_goes_unready_on_a_full_disk_and_recovers_without_any_request()
    {
        await using var store = await OpenAsync();
        await FillDiskAsync();
        await AdvanceUntilAsync(() => !store.Health.IsReady);
        Assert.Equal(StoreHealthReason.DiskFull, store.Health.Reason);

        File.Delete(Filler);
        await AdvanceUntilAsync(() => store.Health.IsReady);
        Assert.Contains((await store.FindEventsAsync(new(), default)).Entries, entry => entry.Event.Action == "store.recovered");
        Assert.Empty((await store.VerifyAsync(null, default)).Findings);
    }

    [Fact]
    public async Task An_idle_store_shows_in_the_file_that_it_was_tried()
    {
        await using var store = await OpenAsync();
        using var connection = StoreConnections.OpenReader(_mountPoint.File("store/meshca.db"));
        await AdvanceUntilAsync(() => MetaTable.Read(connection, MetaRow.Heartbeat) is not null);
        var first = MetaTable.Read(connection, MetaRow.Heartbeat)!;
        await AdvanceUntilAsync(() => !first.SequenceEqual(MetaTable.Read(connection, MetaRow.Heartbeat)!));
        Assert.Equal(0, store.Writer.Commits);
    }

    [Fact]
    public async Task Every_record_acknowledged_before_the_disk_was_full_is_there_after_a_restart()
    {
        var acknowledged = new List<IssuanceRecord>();
        await using (var store = await OpenAsync())
        {
            await FillDiskAsync();
            await AppendUntilRefusedAsync(store, acknowledged);
        }

        File.Delete(Filler);
        await using var again = await OpenAsync();
        foreach (var record in acknowledged)
        {
            Assert.NotNull(await again.FindLastTokenAsync(record.Serial, record.NotBefore, default));
        }

        Assert.Empty((await again.VerifyAsync(null, default)).Findings);
    }

    [Fact]
    public async Task A_full_disk_refuses_a_new_store()
    {
        await FillDiskAsync();
        var refused = Assert.IsType<StoreOpenOutcome.Refused>(await OpenOutcomeAsync());
        Assert.Contains(refused.Error, new[] { StoreOpenError.DiskFull, StoreOpenError.KeyRefused });
    }

    [Fact]
    public async Task A_read_only_store_is_refused_and_opens_once_it_can_be_written()
    {
        await (await OpenAsync()).DisposeAsync();
        await RunAsync("mount", "-o", "remount,ro", _mountPoint.Path);
        var refused = Assert.IsType<StoreOpenOutcome.Refused>(await OpenOutcomeAsync());
        Assert.Equal(StoreOpenError.ReadOnly, refused.Error);

        await RunAsync("mount", "-o", "remount,rw", _mountPoint.Path);
        await (await OpenAsync()).DisposeAsync();
    }

    [Fact]
    public async Task An_IO_error_on_a_read_only_file_system_is_told_from_other_errors()
    {
        await RunAsync("mount", "-o", "remount,ro", _mountPoint.Path);
        Assert.Equal(StoreHealthReason.ReadOnly, WriteFault.Classify(new IOException("x"), _mountPoint.Path).Reason);
        await RunAsync("mount", "-o", "remount,rw", _mountPoint.Path);
        Assert.Equal(StoreHealthReason.IoError, WriteFault.Classify(new IOException("x"), _mountPoint.Path).Reason);
        await FillDiskAsync();
        Assert.Equal(StoreHealthReason.DiskFull, WriteFault.Classify(new IOException("x"), _mountPoint.Path).Reason);
    }

    private static async Task RunAsync(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardInput = true, RedirectStandardError = true })!;
        process.StandardInput.Close();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, error);
    }

    private static async Task<JournalUnavailableException> AppendUntilRefusedAsync(
        SqliteStore store, List<IssuanceRecord>? acknowledged = null)
    {
        while (true)
        {
            try
            {
                var record = Leaf();
                await store.AppendAsync(record, default);
                acknowledged?.Add(record);
            }
            catch (JournalUnavailableException exception)
            {
                return exception;
            }
        }
    }

    private async Task AdvanceUntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            _clock.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }
    }

    private async Task FillDiskAsync()
    {
        await using var file = File.Create(Filler);
        try
        {
            for (var page = new byte[4096]; ;)
            {
                await file.WriteAsync(page);
                await file.FlushAsync();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private async Task<SqliteStore> OpenAsync() => Assert.IsType<StoreOpenOutcome.Opened>(await OpenOutcomeAsync()).Store;

    private Task<StoreOpenOutcome> OpenOutcomeAsync() => SqliteStore.OpenAsync(Options(), _clock, _log, null, default);

    private MeshCA.Configuration.StorageOptions Options() => new()
    {
        DirectoryPath = _mountPoint.File("store"),
        CreateKeyEncryptionKey = true,
    };
}
