using MeshCA.Storage;
using MeshCA.Storage.Backups;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Backups;

public sealed class StoreRestoreTests : IAsyncLifetime
{
    private StoreFixture _store = null!;
    private BackupFixture _backups = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await StoreFixture.OpenAsync();
        _backups = new(_store);
        await _store.FillAsync(15);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_restored_store_serves_on_and_says_what_it_lost()
    {
        var record = Leaf();
        await _store.Store.AppendAsync(record, default);
        await _store.Store.TryApplyAsync(FirstChange(), default);
        await _backups.CreateAsync();
        _store.Clock.Set(Now.AddHours(3));
        var (options, restored) = await _backups.RestoreAsync("restored");

        var gap = Assert.IsType<BackupOutcome.Restored>(restored).Gap;
        Assert.Equal((Now, Now.AddHours(3), TimeSpan.FromHours(3)), (gap.KnownUntil, gap.RestoredAt, gap.Length));
        var opened = Assert.IsType<StoreOpenOutcome.Opened>(await SqliteStore.OpenAsync(options, _store.Clock, _store.Log, null, default));
        await using var store = opened.Store;
        Assert.NotNull(await store.FindLastTokenAsync(record.Serial, record.NotBefore, default));
        using var key = await store.OpenKeyAsync("aa11", default);
        Assert.Equal(PrivateKey(), key!.Der.ToArray());
        Assert.Equal("store.restored", (await store.FindEventsAsync(new(), default)).Entries[0].Event.Action);
        Assert.Empty((await store.VerifyAsync(null, default)).Findings);
    }

    [Fact]
    public async Task A_store_is_never_restored_over_another()
    {
        await _backups.CreateAsync();
        Assert.Equal(BackupError.NotEmpty, Assert.IsType<BackupOutcome.Refused>((await _backups.RestoreAsync("")).Outcome).Error);
        await _store.Store.DisposeAsync();
        Assert.Equal(BackupError.NotEmpty, Assert.IsType<BackupOutcome.Refused>((await _backups.RestoreAsync("")).Outcome).Error);
        System.IO.File.Move(_store.Database, _store.Database + "-wal");
        Assert.Equal(BackupError.NotEmpty, Assert.IsType<BackupOutcome.Refused>((await _backups.RestoreAsync("")).Outcome).Error);
    }

    [Fact]
    public async Task A_restore_cancelled_half_way_leaves_nothing_in_place_and_the_original_as_it_was()
    {
        var original = await _backups.BackUpPagesAsync();
        await _backups.CancelHalfWayAsync((pipe, token) => _backups.RestoreTo("restored").RestoreAsync(pipe, token));
        Assert.Equal(["store.lock"], BackupFixture.Names(_store.File("restored")));
        Assert.Equal(original, _backups.StoreContents());

        Assert.IsType<BackupOutcome.Restored>((await _backups.RestoreAsync("restored")).Outcome);
        Assert.Empty((await _store.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task A_restore_cancelled_once_the_store_is_in_its_place_ends_and_is_audited()
    {
        await _backups.CreateAsync();
        using var source = new CancellationTokenSource();
        var clock = new CancellingClock(source);
        var outcome = await new StoreRestore(_backups.RestoreOptions("restored"), clock, _store.Log).RestoreAsync(_backups.FilePath, source.Token);

        Assert.True(source.IsCancellationRequested);
        Assert.IsType<BackupOutcome.Restored>(outcome);
        using var restored = new MeshCA.Storage.Queries.StoreInspection(_backups.RestoreOptions("restored"));
        Assert.Single((await restored.FindEventsAsync(new() { Action = "store.restored" }, default)).Entries);
        Assert.Empty((await restored.VerifyAsync(null, default)).Findings);
    }

    // A restore looks at the clock once the store is in its place.
    private sealed class CancellingClock(CancellationTokenSource source) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow()
        {
            source.Cancel();
            return Now;
        }
    }
}
