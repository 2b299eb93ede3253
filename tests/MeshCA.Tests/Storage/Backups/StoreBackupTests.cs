using MeshCA.Storage;
using MeshCA.Storage.Backups;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Backups;

public sealed class StoreBackupTests : IAsyncLifetime
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
    public async Task A_backup_says_what_is_in_it_and_verifies()
    {
        var created = Assert.IsType<BackupOutcome.Created>(await _backups.CreateAsync());
        Assert.Equal((15L, 15L, (DateTimeOffset?)Now), (created.Manifest.JournalSequence, created.Manifest.AuditSequence, created.Manifest.NewestRecord));
        var verified = Assert.IsType<BackupOutcome.Verified>(await _backups.VerifyAsync());
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
        Assert.IsType<BackupOutcome.Created>(await _backups.CreateAsync());
        await stop.CancelAsync();
        await writing;
        Assert.IsType<BackupOutcome.Verified>(await _backups.VerifyAsync());
    }

    [Fact]
    public async Task Nothing_in_a_backup_can_be_read_without_the_key_and_no_plain_copy_stays()
    {
        await _backups.CreateAsync();
        var content = await System.IO.File.ReadAllBytesAsync(_backups.FilePath);
        Assert.True(content.AsSpan().IndexOf("spiffe://"u8) < 0);
        Assert.True(content.AsSpan().IndexOf("SQLite format"u8) < 0);
        Assert.Empty(_backups.PlainCopies());
        Assert.Equal(
            System.IO.UnixFileMode.UserRead | System.IO.UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(_backups.FilePath));
    }

    [Fact]
    public async Task A_plain_file_of_somebody_else_beside_the_backup_is_left_alone()
    {
        await System.IO.File.WriteAllTextAsync(_backups.FilePath + ".plain", "precious");
        Assert.IsType<BackupOutcome.Created>(await _backups.CreateAsync());
        Assert.IsType<BackupOutcome.Verified>(await _backups.VerifyAsync());
        Assert.Equal("precious", await System.IO.File.ReadAllTextAsync(_backups.FilePath + ".plain"));
        Assert.Single(_backups.PlainCopies());
    }

    [Fact]
    public async Task Two_verifications_of_one_backup_at_once_both_end_well()
    {
        await _backups.CreateAsync();
        var outcomes = await Task.WhenAll(_backups.VerifyAsync(), _backups.VerifyAsync(), _backups.VerifyAsync());
        Assert.All(outcomes, outcome => Assert.IsType<BackupOutcome.Verified>(outcome));
        Assert.Empty(_backups.PlainCopies());
    }

    [Fact]
    public void A_cancelled_copy_of_the_pages_ends_and_leaves_no_file()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        using (var copy = PlainCopy.Beside(_backups.FilePath))
        {
            Assert.Single(_backups.PlainCopies());
            Assert.Throws<OperationCanceledException>(() => copy.TakeFrom(_store.Database, source.Token));
        }

        Assert.DoesNotContain(System.IO.Directory.GetFiles(_store.Path), file => file.StartsWith(_backups.FilePath, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_backup_cancelled_while_it_is_made_leaves_nothing_behind()
    {
        await _backups.FillPagesAsync(megabytes: 64);
        using var source = new CancellationTokenSource();
        var creating = new StoreBackup(_store.Options, _store.Clock).CreateAsync(_backups.FilePath, source.Token);
        while (_backups.PlainCopies().Length == 0 && !creating.IsCompleted)
        {
            await Task.Yield();
        }

        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => creating);
        Assert.DoesNotContain(System.IO.Directory.GetFiles(_store.Path), file => file.StartsWith(_backups.FilePath, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_exists_is_not_overwritten()
    {
        await System.IO.File.WriteAllTextAsync(_backups.FilePath, "precious");
        Assert.Equal(BackupError.IoError, Assert.IsType<BackupOutcome.Refused>(await _backups.CreateAsync()).Error);
        Assert.Equal("precious", await System.IO.File.ReadAllTextAsync(_backups.FilePath));
    }

    [Fact]
    public async Task A_backup_of_a_tampered_store_does_not_verify()
    {
        _store.Sql("UPDATE journal SET subject = 'spiffe://td/evil' WHERE seq = 3");
        await _backups.CreateAsync();
        Assert.Equal(BackupError.Tampered, Assert.IsType<BackupOutcome.Refused>(await _backups.VerifyAsync()).Error);
    }

    [Fact]
    public async Task Another_key_opens_no_backup()
    {
        await _backups.CreateAsync();
        _store.Options.KeyEncryptionKeyFile = _store.File("other");
        await System.IO.File.WriteAllTextAsync(_store.File("other"), new string('1', 64));
        Assert.Equal(BackupError.OtherKey, Assert.IsType<BackupOutcome.Refused>(await _backups.VerifyAsync()).Error);
        _store.Options.KeyEncryptionKeyFile = _store.File("nowhere");
        Assert.Equal(BackupError.KeyRefused, Assert.IsType<BackupOutcome.Refused>(await _backups.VerifyAsync()).Error);
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
        await _backups.CreateAsync();
        var content = await System.IO.File.ReadAllBytesAsync(_backups.FilePath);
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
        await System.IO.File.WriteAllBytesAsync(_backups.FilePath, content);

        Assert.Contains(Assert.IsType<BackupOutcome.Refused>(await _backups.VerifyAsync()).Error, new[] { BackupError.Damaged, BackupError.NoBackup });
        var (options, outcome) = await _backups.RestoreAsync("restored");
        Assert.IsType<BackupOutcome.Refused>(outcome);
        Assert.False(System.IO.File.Exists(new StoreFiles(options.DirectoryPath).Database));
    }

    [Fact]
    public async Task A_verification_cancelled_half_way_leaves_no_plain_copy_and_the_backup_as_it_was()
    {
        var original = await _backups.BackUpPagesAsync();
        await _backups.CancelHalfWayAsync((pipe, token) => new StoreBackup(_store.Options, _store.Clock).VerifyAsync(pipe, token));
        Assert.Empty(_backups.PlainCopies());
        Assert.Equal(original, _backups.StoreContents());
        Assert.IsType<BackupOutcome.Verified>(await _backups.VerifyAsync());
    }

    [Theory]
    [InlineData("create")]
    [InlineData("verify")]
    [InlineData("restore")]
    public async Task Work_cancelled_before_it_begins_touches_nothing(string verb)
    {
        await _backups.CreateAsync();
        var before = BackupFixture.Names(_store.Path);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var backup = new StoreBackup(_store.Options, _store.Clock);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => verb switch
        {
            "create" => backup.CreateAsync(_store.File("another"), cancelled.Token),
            "verify" => backup.VerifyAsync(_backups.FilePath, cancelled.Token),
            _ => _backups.RestoreTo("restored").RestoreAsync(_backups.FilePath, cancelled.Token),
        });
        Assert.Equal(before, BackupFixture.Names(_store.Path));
    }
}
