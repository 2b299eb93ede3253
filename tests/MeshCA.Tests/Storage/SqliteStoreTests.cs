using MeshCA.Auditing;
using MeshCA.Configuration;
using MeshCA.Storage;
using Microsoft.Data.Sqlite;
using TestSupport;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage;

public sealed class SqliteStoreTests : StoreContract
{
    private readonly TemporaryDirectory _directory = new();
    private readonly RecordingLogger _log = new();

    [Fact]
    public async Task Events_are_kept_with_all_their_fields()
    {
        var kept = Event(detail: "naïve \0 text \ud800 with what a database may change");
        await Store.AppendAsync(kept, default);
        var read = Assert.Single(await EventsAsync());
        Assert.Equal(kept with { Detail = "naïve \uFFFD text \uFFFD with what a database may change" }, read);
    }

    [Fact]
    public async Task A_clock_that_went_back_is_audited_once_and_its_recovery_too()
    {
        await Store.AppendAsync(Leaf(Now), default);
        Clock.Set(Now.AddMinutes(-6));
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await Assert.ThrowsAnyAsync<Exception>(() => Store.AppendAsync(Leaf(Clock.GetUtcNow()), default));
        }

        Clock.Set(Now);
        await Store.AppendAsync(Leaf(Now), default);
        Assert.Equal(["clock.backwards", "clock.recovered"], (await EventsAsync()).Select(kept => kept.Action));
    }

    [Fact]
    public async Task A_clock_that_went_back_is_noticed_without_a_request()
    {
        await Store.AppendAsync(Leaf(Now.AddMinutes(6)), default);
        Clock.Advance(new StorageOptions().ProbeInterval);
        await Store.AppendAsync(Event("after"), default);
        Assert.Equal(["clock.backwards", "after"], (await EventsAsync()).Select(kept => kept.Action));
    }

    [Theory]
    [InlineData(-5, false)]
    [InlineData(-6, true)]
    public async Task A_clock_that_is_behind_at_the_start_is_told_and_what_was_written_last_is_known(int minutes, bool isTold)
    {
        await Store.AppendAsync(Leaf(Now), default);
        Clock.Set(Now.AddMinutes(minutes));
        await ReopenAsync();
        Assert.Equal(isTold ? 1 : 0, _log.Entries.Count(entry => entry.EventId == 9501));
        Assert.Equal(Now, ((SqliteStore)Store).NewestAtOpening);
    }

    [Fact]
    public void A_new_store_tells_nothing_of_the_clock()
    {
        Assert.Null(((SqliteStore)Store).NewestAtOpening);
        Assert.DoesNotContain(_log.Entries, entry => entry.EventId == 9501);
    }

    [Fact]
    public async Task Every_so_many_records_a_checkpoint_is_signed_and_logged()
    {
        for (var i = 0; i < 25; i++)
        {
            await Store.AppendAsync(Leaf(), default);
        }

        Assert.Equal([10L, 20L], Checkpoints());
        Assert.Equal(2, _log.Entries.Count(entry => entry.EventId == 2002));
    }

    [Fact]
    public async Task Closing_signs_a_checkpoint_over_what_none_covers_yet()
    {
        await Store.AppendAsync(Leaf(), default);
        await ReopenAsync();
        await ReopenAsync();
        Assert.Equal([1L], Checkpoints());
    }

    [Fact]
    public async Task Records_do_not_stay_without_a_checkpoint_for_long()
    {
        await Store.AppendAsync(Leaf(), default);
        Clock.Advance(new StorageOptions().CheckpointMaxAge);
        await Store.AppendAsync(Leaf(Clock.GetUtcNow()), default);
        Assert.Equal([1L], Checkpoints());
    }

    [Fact]
    public async Task A_second_store_on_the_same_directory_is_refused()
    {
        var refused = Assert.IsType<StoreOpenOutcome.Refused>(await OpenOutcomeAsync(Options()));
        Assert.Equal(StoreOpenError.InUse, refused.Error);
        Assert.Contains(_directory.Path, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_owner_reads_the_store()
    {
        const System.IO.UnixFileMode others =
            (System.IO.UnixFileMode)0b000_111_111;
        var paths = System.IO.Directory.GetFiles(_directory.Path).Append(_directory.Path).ToList();
        Assert.Contains(paths, path => path.EndsWith("-wal", StringComparison.Ordinal));
        Assert.All(paths, path => Assert.Equal(default, System.IO.File.GetUnixFileMode(path) & others));
    }

    [Theory]
    [InlineData("770", true)]
    [InlineData("750", false)]
    public async Task A_directory_that_exists_keeps_its_mode_and_one_that_others_may_write_is_warned_of(string mode, bool isWarned)
    {
        var expected = (System.IO.UnixFileMode)Convert.ToInt32(mode, 8);
        await using var store = await StoreFixture.OpenAsync();
        System.IO.File.SetUnixFileMode(store.Path, expected);
        await store.ReopenAsync();
        Assert.Equal(expected, System.IO.File.GetUnixFileMode(store.Path));
        Assert.Equal(isWarned, store.Log.Entries.Any(entry => entry.EventId == 2012));
    }

    [Fact]
    public async Task A_directory_that_the_store_makes_is_its_owners_only()
    {
        await using var store = await StoreFixture.OpenAsync(options => options.DirectoryPath += "/made");
        const System.IO.UnixFileMode owner =
            System.IO.UnixFileMode.UserRead | System.IO.UnixFileMode.UserWrite | System.IO.UnixFileMode.UserExecute;
        Assert.Equal(owner, System.IO.File.GetUnixFileMode(store.Options.DirectoryPath));
    }

    [Fact]
    public async Task A_key_file_that_its_group_may_read_opens_the_store_and_is_warned_of()
    {
        await using var store = await StoreFixture.OpenAsync();
        Assert.DoesNotContain(store.Log.Entries, entry => entry.EventId == 2013);
        System.IO.File.SetUnixFileMode(store.File("kek"), System.IO.UnixFileMode.UserRead | System.IO.UnixFileMode.GroupRead);
        await store.ReopenAsync();
        Assert.Equal(store.File("kek"), Assert.Single(store.Log.Entries, entry => entry.EventId == 2013).Values["File"]);
    }

    [Fact]
    public async Task No_private_key_lies_open_in_any_file()
    {
        await Store.TryApplyAsync(FirstChange(), default);
        Assert.All(
            System.IO.Directory.GetFiles(_directory.Path),
            path => Assert.True(ReadShared(path).AsSpan().IndexOf(PrivateKey()) < 0, path));
    }

    [Fact]
    public async Task Another_key_encryption_key_opens_nothing_and_the_refusal_names_the_source()
    {
        await Store.DisposeAsync();
        await System.IO.File.WriteAllTextAsync(_directory.File("kek"), new string('0', 64));
        var refused = Assert.IsType<StoreOpenOutcome.Refused>(await OpenOutcomeAsync(Options()));
        Assert.Equal(StoreOpenError.KeyRefused, refused.Error);
        Assert.Contains(_directory.File("kek"), refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("000000", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_key_is_not_replaced_by_a_new_one()
    {
        await Store.DisposeAsync();
        System.IO.File.Delete(_directory.File("kek"));
        var refused = Assert.IsType<StoreOpenOutcome.Refused>(await OpenOutcomeAsync(Options()));
        Assert.Equal(StoreOpenError.KeyRefused, refused.Error);
        Assert.False(System.IO.File.Exists(_directory.File("kek")));
    }

    [Fact]
    public async Task A_root_that_somebody_else_put_into_the_table_is_not_published()
    {
        await Store.TryApplyAsync(FirstChange(), default);
        Sql("INSERT INTO authorities SELECT 99, 'rogue', kind, state, 'rogue', x'3000', NULL, created_us, created_us, NULL FROM authorities");
        await Assert.ThrowsAsync<MeshCA.Authorities.KeySealException>(() => Store.LoadAsync(default));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_left_alone()
    {
        await Store.DisposeAsync();
        await System.IO.File.WriteAllTextAsync(_directory.File("meshca.db"), new string('x', 8192));
        var refused = Assert.IsType<StoreOpenOutcome.Refused>(await OpenOutcomeAsync(Options()));
        Assert.Equal(StoreOpenError.Damaged, refused.Error);
    }

    [Fact]
    public async Task A_schema_from_a_newer_version_is_refused()
    {
        Sql("INSERT INTO __EFMigrationsHistory VALUES ('99990101000000_Later', '6.0.7')");
        await Store.DisposeAsync();
        var refused = Assert.IsType<StoreOpenOutcome.Refused>(await OpenOutcomeAsync(Options()));
        Assert.Equal(StoreOpenError.NewerSchema, refused.Error);
    }

    [Fact]
    public async Task A_store_that_lost_its_identity_is_refused()
    {
        await Store.AppendAsync(Leaf(), default);
        Sql("DELETE FROM meta");
        await Store.DisposeAsync();
        var refused = Assert.IsType<StoreOpenOutcome.Refused>(await OpenOutcomeAsync(Options()));
        Assert.Equal(StoreOpenError.Damaged, refused.Error);
    }

    private protected override async Task<IStore> OpenAsync() =>
        Assert.IsType<StoreOpenOutcome.Opened>(await OpenOutcomeAsync(Options())).Store;

    private protected override Task<IReadOnlyList<AuditEvent>> EventsAsync() => Task.FromResult(Events());

    private protected override Task CleanAsync()
    {
        _directory.Dispose();
        return Task.CompletedTask;
    }

    private static byte[] ReadShared(string path)
    {
        // The test's own process holds the lock file exclusively; it has no content to search.
        if (path.EndsWith(".lock", StringComparison.Ordinal))
        {
            return [];
        }

        using var file = new System.IO.FileStream(
            path, System.IO.FileMode.Open, System.IO.FileAccess.Read, System.IO.FileShare.ReadWrite);
        var content = new byte[file.Length];
        file.ReadExactly(content);
        return content;
    }

    private IReadOnlyList<AuditEvent> Events()
    {
        using var connection = new SqliteConnection($"Data Source={_directory.File("meshca.db")};Mode=ReadOnly;Pooling=false");
        connection.Open();
        using var context = MeshCA.Storage.Schema.StoreMigrations.Context(connection);
        return [.. context.AuditEvents.OrderBy(row => row.Sequence).AsEnumerable().Select(row => row.ToEvent())];
    }

    private Task<StoreOpenOutcome> OpenOutcomeAsync(StorageOptions options) =>
        SqliteStore.OpenAsync(options, Clock, _log, null, default);

    private StorageOptions Options() => new()
    {
        DirectoryPath = _directory.Path,
        CreateKeyEncryptionKey = true,
        CheckpointInterval = 10,
    };

    private List<long> Checkpoints()
    {
        using var connection = new SqliteConnection($"Data Source={_directory.File("meshca.db")};Mode=ReadOnly;Pooling=false");
        connection.Open();
        return [.. MeshCA.Storage.Schema.CheckpointTable.All(connection).Select(row => row.JournalSequence)];
    }

    private void Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_directory.File("meshca.db")};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.True(command.ExecuteNonQuery() > 0);
    }
}
