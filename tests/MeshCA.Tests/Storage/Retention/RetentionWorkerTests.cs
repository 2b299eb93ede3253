using MeshCA.Configuration;
using MeshCA.Storage.Retention;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace MeshCA.Tests.Storage.Retention;

public sealed class RetentionWorkerTests : IAsyncLifetime
{
    private StoreFixture _store = null!;

    public async ValueTask InitializeAsync() =>
        _store = await StoreFixture.OpenAsync(options => options.Retention = TimeSpan.FromDays(30));

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task The_worker_prunes_when_its_time_comes()
    {
        await _store.FillAsync(5);
        await AdvanceAsync(TimeSpan.FromDays(40));
        using var worker = new RetentionWorker(
            _store.Store, Options.Create(_store.Options), _store.Clock, new Logger<RetentionWorker>(_store.Log));
        await worker.StartAsync(default);
        await AdvanceUntilLoggedAsync(2009);
        await worker.StopAsync(default);
        Assert.Equal("4", _store.Log.Entries.First(entry => entry.EventId == 2009).Values["Removed"]);
    }

    [Fact]
    public async Task Nothing_goes_by_a_clock_that_is_not_believed()
    {
        await _store.FillAsync(5);
        await AdvanceAsync(TimeSpan.FromDays(40));
        var (asked, believed) = (0, false);
        using var worker = new RetentionWorker(
            _store.Store, Options.Create(_store.Options), _store.Clock, new Logger<RetentionWorker>(_store.Log))
        {
            MayForget = () =>
            {
                Interlocked.Increment(ref asked);
                return Volatile.Read(ref believed);
            },
        };
        await worker.StartAsync(default);
        while (Volatile.Read(ref asked) < 3)
        {
            _store.Clock.Advance(new StorageOptions().RetentionInterval);
            await Task.Yield();
        }

        // Told once, and no later than the next time it is asked.
        Assert.DoesNotContain(_store.Log.Entries, entry => entry.EventId == 2009);
        Assert.Single(_store.Log.Entries, entry => entry.EventId == 9493);
        Volatile.Write(ref believed, true);
        await AdvanceUntilLoggedAsync(2009);
        await worker.StopAsync(default);
    }

    [Fact]
    public async Task A_run_that_the_database_refuses_is_logged_and_the_next_one_prunes()
    {
        await _store.FillAsync(5);
        await AdvanceAsync(TimeSpan.FromDays(40));
        _store.Sql("CREATE TRIGGER refuse BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'not now'); END");
        using var worker = new RetentionWorker(
            _store.Store, Options.Create(_store.Options), _store.Clock, new Logger<RetentionWorker>(_store.Log));
        await worker.StartAsync(default);
        await AdvanceUntilLoggedAsync(2010);
        Assert.IsType<ArgumentException>(await Record.ExceptionAsync(() => _store.Store.PruneAsync(default)));

        _store.Sql("DROP TRIGGER refuse");
        await AdvanceUntilLoggedAsync(2009);
        Assert.False(worker.ExecuteTask!.IsCompleted);
        await worker.StopAsync(default);
    }

    private async Task AdvanceUntilLoggedAsync(int eventId)
    {
        while (!_store.Log.Entries.Any(entry => entry.EventId == eventId))
        {
            _store.Clock.Advance(new StorageOptions().RetentionInterval);
            await Task.Yield();
        }
    }

    private Task AdvanceAsync(TimeSpan by)
    {
        _store.Clock.Set(_store.Clock.GetUtcNow() + by);
        return Task.CompletedTask;
    }
}
