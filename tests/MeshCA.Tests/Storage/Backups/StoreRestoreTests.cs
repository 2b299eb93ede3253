using MeshCA.Revocations;
using MeshCA.Storage;
using MeshCA.Storage.Backups;
using MeshCA.Storage.Rewrapping;
using MeshCA.Storage.Sealing;
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
    public async Task A_restored_store_knows_it_for_good_and_under_another_key_and_goes_on_with_numbers_nobody_saw()
    {
        await _store.Store.TryApplyAsync(FirstChange(), default);
        var kept = StoredRevocations.None with { Revision = 1, LastListNumber = 8, Lists = [new StoredList("aa11", 8, new byte[] { 1 })] };
        await _store.Store.SaveRevocationsAsync(StoredRevocations.None, kept, [], default);
        Assert.Null(_store.Store.Restored);
        await _backups.CreateAsync();
        _store.Clock.Set(Now.AddHours(3));
        var (options, _) = await _backups.RestoreAsync("restored");
        const long Since = 3 * 3600; // one number for each second after the backup
        var mark = new RestoreMark(Now.AddHours(3), 1 + Since, 1 + Since);
        await using (var store = await OpenAsync(options))
        {
            Assert.Equal(mark, store.Restored);
            await RestoredNumbers.RaiseAsync(store, store, mark, _store.Clock.GetUtcNow(), _store.Log, default);
            var set = await store.LoadAsync(default);
            Assert.Equal((1_010_801UL, 1_010_801UL), (set.Revision, set.BundleSequence));
            var revocations = await store.LoadRevocationsAsync(default);
            Assert.Equal((1_010_801L, 1_010_808L, 0), (revocations.Revision, revocations.LastListNumber, revocations.Lists.Count));
            using var key = await store.OpenKeyAsync("aa11", default);
            Assert.Equal(PrivateKey(), key!.Der.ToArray());
            Assert.Empty((await store.VerifyAsync(null, default)).Findings);
        }

        await System.IO.File.WriteAllTextAsync(_store.File("new-kek"), Convert.ToBase64String(new byte[32]));
        Assert.IsType<RewrapOutcome.Done>(await new StoreRewrap(options, _store.Clock, _store.Log).RunAsync(
            () => KeyEncryptionKeySource.Load(new() { KeyEncryptionKeyFile = _store.File("new-kek") }, storeIsNew: false), "uid:0", default));
        options.KeyEncryptionKeyFile = _store.File("new-kek");
        await using var again = await OpenAsync(options);
        Assert.Equal(mark, again.Restored);
    }

    [Fact]
    public async Task A_backup_that_is_restored_again_gives_no_number_out_a_second_time()
    {
        await _store.Store.TryApplyAsync(FirstChange(), default);
        await _backups.CreateAsync();
        var last = 0UL;
        foreach (var directory in (string[])["first", "second"])
        {
            _store.Clock.Advance(TimeSpan.FromMinutes(10));
            var (options, _) = await _backups.RestoreAsync(directory);
            await using var store = await OpenAsync(options);
            await RestoredNumbers.RaiseAsync(store, store, store.Restored!, _store.Clock.GetUtcNow(), _store.Log, default);
            var sequence = (await store.LoadAsync(default)).BundleSequence;
            Assert.True(sequence > last + 500, $"{sequence} comes too soon after {last}");
            last = sequence;
        }
    }

    // By a clock that is behind the backup's the step alone is taken, and not less.
    [Fact]
    public async Task A_clock_that_went_back_since_the_backup_takes_nothing_off_the_numbers()
    {
        await _store.Store.TryApplyAsync(FirstChange(), default);
        await _backups.CreateAsync();
        _store.Clock.Set(Now.AddSeconds(-2));
        var (options, _) = await _backups.RestoreAsync("restored");
        await using var store = await OpenAsync(options);
        Assert.Equal(new RestoreMark(Now.AddSeconds(-2), 1, 0), store.Restored);
    }

    // SQLite plays a journal into whatever database lies beside it under that name, and cuts that to the size that the journal's had.
    [Fact]
    public async Task What_a_killed_restore_left_does_not_get_into_the_next()
    {
        await _backups.CreateAsync();
        var directory = System.IO.Directory.CreateDirectory(_store.File("restored")).FullName;
        await LeaveJournalAsync(System.IO.Path.Combine(directory, "restore.partial-journal"));

        var (options, outcome) = await _backups.RestoreAsync("restored");
        Assert.IsType<BackupOutcome.Restored>(outcome);
        await using (var store = await OpenAsync(options))
        {
            Assert.Empty((await store.VerifyAsync(null, default)).Findings);
        }

        Assert.DoesNotContain(BackupFixture.Names(directory), name => name.StartsWith("restore.partial", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_mark_that_somebody_else_wrote_keeps_the_store_from_opening()
    {
        await _backups.CreateAsync();
        var (options, _) = await _backups.RestoreAsync("restored");
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_store.File("restored")}/meshca.db;Pooling=False"))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE meta SET value = (SELECT value FROM meta WHERE name = 'checkpoint-key') WHERE name = 'restored'";
            Assert.Equal(1, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        }

        var refused = await SqliteStore.OpenAsync(options, _store.Clock, _store.Log, null, default);
        Assert.Equal(StoreOpenError.KeyRefused, Assert.IsType<StoreOpenOutcome.Refused>(refused).Error);
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

    // The journal of a transaction that a kill ended: of a small database, with a page in it that was written already.
    private async Task LeaveJournalAsync(string path)
    {
        var small = _store.File("small.db");
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={small};Pooling=False");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = """
            PRAGMA page_size = 4096; PRAGMA journal_mode = DELETE; CREATE TABLE t (x BLOB); INSERT INTO t VALUES (zeroblob(8192));
            PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; UPDATE t SET x = randomblob(8192);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) INSERT INTO t SELECT zeroblob(8192) FROM n
            """;
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        System.IO.File.Copy(small + "-journal", path);
        command.CommandText = "ROLLBACK";
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private async Task<SqliteStore> OpenAsync(MeshCA.Configuration.StorageOptions options) =>
        Assert.IsType<StoreOpenOutcome.Opened>(await SqliteStore.OpenAsync(options, _store.Clock, _store.Log, null, default)).Store;

    // A restore looks at the clock right before the store comes to its place.
    private sealed class CancellingClock(CancellationTokenSource source) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow()
        {
            source.Cancel();
            return Now;
        }
    }
}
