using MeshCA.Storage;
using MeshCA.Storage.Backups;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Backups;

public sealed class StoreBackupTests : IAsyncLifetime
{
    private StoreFixture _store = null!;

    private string BackupPath => _store.File("backup");

    public async ValueTask InitializeAsync()
    {
        _store = await StoreFixture.OpenAsync();
        await _store.FillAsync(15);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_backup_says_what_is_in_it_and_verifies()
    {
        var created = Assert.IsType<BackupOutcome.Created>(await CreateAsync());
        Assert.Equal((15L, 15L, (DateTimeOffset?)Now), (created.Manifest.JournalSequence, created.Manifest.AuditSequence, created.Manifest.NewestRecord));
        var verified = Assert.IsType<BackupOutcome.Verified>(await VerifyAsync());
        Assert.Equal(created.Manifest, verified.Manifest);
        Assert.Equal(15, verified.Report.JournalRecords);
    }

    [Fact]
    public async Task A_backup_made_while_records_are_written_is_consistent()
    {
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => _store.Store.AppendAsync(Leaf(), default)));
            }
        });
        Assert.IsType<BackupOutcome.Created>(await CreateAsync());
        await stop.CancelAsync();
        await writing;
        Assert.IsType<BackupOutcome.Verified>(await VerifyAsync());
    }

    [Fact]
    public async Task Nothing_in_a_backup_can_be_read_without_the_key_and_no_plain_copy_stays()
    {
        await CreateAsync();
        var content = await System.IO.File.ReadAllBytesAsync(BackupPath);
        Assert.True(content.AsSpan().IndexOf("spiffe://"u8) < 0);
        Assert.True(content.AsSpan().IndexOf("SQLite format"u8) < 0);
        Assert.Empty(PlainCopies());
        Assert.Equal(
            System.IO.UnixFileMode.UserRead | System.IO.UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(BackupPath));
    }

    [Fact]
    public async Task A_plain_file_of_somebody_else_beside_the_backup_is_left_alone()
    {
        await System.IO.File.WriteAllTextAsync(BackupPath + ".plain", "precious");
        Assert.IsType<BackupOutcome.Created>(await CreateAsync());
        Assert.IsType<BackupOutcome.Verified>(await VerifyAsync());
        Assert.Equal("precious", await System.IO.File.ReadAllTextAsync(BackupPath + ".plain"));
        Assert.Single(PlainCopies());
    }

    [Fact]
    public async Task Two_verifications_of_one_backup_at_once_both_end_well()
    {
        await CreateAsync();
        var outcomes = await Task.WhenAll(VerifyAsync(), VerifyAsync(), VerifyAsync());
        Assert.All(outcomes, outcome => Assert.IsType<BackupOutcome.Verified>(outcome));
        Assert.Empty(PlainCopies());
    }

    [Fact]
    public void A_cancelled_copy_of_the_pages_ends_and_leaves_no_file()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        using (var copy = PlainCopy.Beside(BackupPath))
        {
            Assert.Single(PlainCopies());
            Assert.Throws<OperationCanceledException>(() => copy.TakeFrom(_store.Database, source.Token));
        }

        Assert.DoesNotContain(System.IO.Directory.GetFiles(_store.Path), file => file.StartsWith(BackupPath, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_backup_cancelled_while_it_is_made_leaves_nothing_behind()
    {
        await FillPagesAsync();
        using var source = new CancellationTokenSource();
        var creating = new StoreBackup(_store.Options, _store.Clock).CreateAsync(BackupPath, source.Token);
        while (PlainCopies().Length == 0 && !creating.IsCompleted)
        {
            await Task.Yield();
        }

        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => creating);
        Assert.DoesNotContain(System.IO.Directory.GetFiles(_store.Path), file => file.StartsWith(BackupPath, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_exists_is_not_overwritten()
    {
        await System.IO.File.WriteAllTextAsync(BackupPath, "precious");
        Assert.Equal(BackupError.IoError, Assert.IsType<BackupOutcome.Refused>(await CreateAsync()).Error);
        Assert.Equal("precious", await System.IO.File.ReadAllTextAsync(BackupPath));
    }

    [Fact]
    public async Task A_backup_of_a_tampered_store_does_not_verify()
    {
        _store.Sql("UPDATE journal SET subject = 'spiffe://td/evil' WHERE seq = 3");
        await CreateAsync();
        Assert.Equal(BackupError.Tampered, Assert.IsType<BackupOutcome.Refused>(await VerifyAsync()).Error);
    }

    [Fact]
    public async Task Another_key_opens_no_backup()
    {
        await CreateAsync();
        _store.Options.KeyEncryptionKeyFile = _store.File("other");
        await System.IO.File.WriteAllTextAsync(_store.File("other"), new string('1', 64));
        Assert.Equal(BackupError.OtherKey, Assert.IsType<BackupOutcome.Refused>(await VerifyAsync()).Error);
        _store.Options.KeyEncryptionKeyFile = _store.File("nowhere");
        Assert.Equal(BackupError.KeyRefused, Assert.IsType<BackupOutcome.Refused>(await VerifyAsync()).Error);
    }

    [Fact]
    public async Task A_restored_store_serves_on_and_says_what_it_lost()
    {
        var record = Leaf();
        await _store.Store.AppendAsync(record, default);
        await _store.Store.TryApplyAsync(FirstChange(), default);
        await CreateAsync();
        _store.Clock.Set(Now.AddHours(3));
        var (options, restored) = await RestoreAsync("restored");

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
        await CreateAsync();
        Assert.Equal(BackupError.NotEmpty, Assert.IsType<BackupOutcome.Refused>((await RestoreAsync("")).Outcome).Error);
        await _store.Store.DisposeAsync();
        Assert.Equal(BackupError.NotEmpty, Assert.IsType<BackupOutcome.Refused>((await RestoreAsync("")).Outcome).Error);
        System.IO.File.Move(_store.Database, _store.Database + "-wal");
        Assert.Equal(BackupError.NotEmpty, Assert.IsType<BackupOutcome.Refused>((await RestoreAsync("")).Outcome).Error);
    }

    [Theory]
    [InlineData("changed")]
    [InlineData("cut")]
    [InlineData("cut between chunks")]
    [InlineData("longer")]
    [InlineData("empty")]
    [InlineData("no backup")]
    public async Task A_damaged_backup_is_neither_verified_nor_restored(string fault)
    {
        await CreateAsync();
        var content = await System.IO.File.ReadAllBytesAsync(BackupPath);
        var lastChunk = sizeof(int) + BackupFormat.TagSize;
        content = fault switch
        {
            "changed" => [.. content[..5000], (byte)(content[5000] ^ 1), .. content[5001..]],
            "cut" => content[..^1],
            "cut between chunks" => content[..^lastChunk],
            "longer" => [.. content, 0],
            "empty" => [],
            _ => new byte[1000],
        };
        await System.IO.File.WriteAllBytesAsync(BackupPath, content);

        Assert.Contains(Assert.IsType<BackupOutcome.Refused>(await VerifyAsync()).Error, new[] { BackupError.Damaged, BackupError.NoBackup });
        var (options, outcome) = await RestoreAsync("restored");
        Assert.IsType<BackupOutcome.Refused>(outcome);
        Assert.False(System.IO.File.Exists(new StoreFiles(options.DirectoryPath).Database));
    }

    private string[] PlainCopies() => System.IO.Directory.GetFiles(_store.Path, "*.plain");

    // Large enough that no machine copies and seals it between the copy's first sight and the cancellation.
    private async Task FillPagesAsync()
    {
        await _store.FillAsync(1);
        _store.Sql("CREATE TABLE ballast (x BLOB)");
        _store.Sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 64) INSERT INTO ballast SELECT zeroblob(1048576) FROM n");
    }

    private Task<BackupOutcome> CreateAsync() => new StoreBackup(_store.Options, _store.Clock).CreateAsync(BackupPath, default);

    private Task<BackupOutcome> VerifyAsync() => new StoreBackup(_store.Options, _store.Clock).VerifyAsync(BackupPath, default);

    private async Task<(MeshCA.Configuration.StorageOptions Options, BackupOutcome Outcome)> RestoreAsync(string directory)
    {
        var options = new MeshCA.Configuration.StorageOptions
        {
            DirectoryPath = _store.File(directory).TrimEnd('/'),
            KeyEncryptionKeyFile = _store.File("kek"),
        };
        return (options, await new StoreRestore(options, _store.Clock, _store.Log).RestoreAsync(BackupPath, default));
    }
}
