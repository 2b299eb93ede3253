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

    // A clock that jumped ahead: by the machine's count nothing is over yet, and goes on to be.
    [Fact]
    public async Task Records_go_by_the_earliest_time_that_it_can_be_and_that_they_stay_longer_is_told_once()
    {
        await _store.FillAsync(5);
        var start = _store.Clock.GetUtcNow();
        var (asked, later) = (0, 0L);
        using var worker = new RetentionWorker(
            _store.Store, Options.Create(_store.Options), _store.Clock, new Logger<RetentionWorker>(_store.Log))
        {
            Earliest = () =>
            {
                Interlocked.Increment(ref asked);
                return start + TimeSpan.FromTicks(Volatile.Read(ref later));
            },
        };
        await AdvanceAsync(TimeSpan.FromDays(400));
        await worker.StartAsync(default);
        await AdvanceUntilAsync(() => Volatile.Read(ref asked) >= 3);
        Assert.All(Removed(), removed => Assert.Equal("0", removed));
        Assert.Single(_store.Log.Entries, entry => entry.EventId == 9493);

        Volatile.Write(ref later, TimeSpan.FromDays(40).Ticks); // still behind the clock, and on its way
        await AdvanceUntilAsync(() => Removed().Contains("4"));
        await worker.StopAsync(default);
        Assert.Single(_store.Log.Entries, entry => entry.EventId == 9493);

        IEnumerable<string> Removed() => _store.Log.Entries.Where(entry => entry.EventId == 2009).Select(entry => $"{entry.Values["Removed"]}");
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
        Assert.IsType<ArgumentException>(await Record.ExceptionAsync(() => _store.PruneAsync()));

        _store.Sql("DROP TRIGGER refuse");
        await AdvanceUntilLoggedAsync(2009);
        Assert.False(worker.ExecuteTask!.IsCompleted);
        await worker.StopAsync(default);
    }

    private Task AdvanceUntilLoggedAsync(int eventId) => AdvanceUntilAsync(() => _store.Log.Entries.Any(entry => entry.EventId == eventId));

    private async Task AdvanceUntilAsync(Func<bool> isSo)
    {
        while (!isSo())
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
