using MeshCA.Configuration;
using MeshCA.Issuance;
using MeshCA.Storage.Retention;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Retention;

public sealed class RetentionWorkerTests : IAsyncLifetime
{
    private StoreFixture _store = null!;

    public async ValueTask InitializeAsync() =>
        _store = await StoreFixture.OpenAsync(options => options.Retention = TimeSpan.FromDays(30));

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Old_records_go_and_what_is_left_still_verifies()
    {
        await _store.FillAsync(20);
        await AdvanceAsync(TimeSpan.FromDays(40));
        await _store.FillAsync(5);
        Assert.Equal(20, await _store.Store.PruneAsync(default));

        Assert.Equal(5, _store.Sql("SELECT count(*) FROM journal"));
        var report = await _store.VerifyAsync();
        Assert.Empty(report.Findings);
        Assert.Equal(25, report.NewestCheckpoint!.JournalSequence);
    }

    [Fact]
    public async Task A_pruned_store_opens_again_goes_on_and_verifies()
    {
        await _store.FillAsync(20);
        await AdvanceAsync(TimeSpan.FromDays(40));
        await _store.Store.PruneAsync(default);
        await _store.ReopenAsync();
        await _store.FillAsync(7);
        await _store.ReopenAsync();
        Assert.Empty((await _store.VerifyAsync()).Findings);
        Assert.Equal(27, _store.Sql("SELECT max(seq) FROM journal"));
        Assert.DoesNotContain(_store.Log.Entries, entry => entry.EventId == 2011);
    }

    [Fact]
    public async Task The_newest_record_stays_since_the_clock_is_held_against_it()
    {
        await _store.FillAsync(3);
        await AdvanceAsync(TimeSpan.FromDays(400));
        Assert.Equal(2, await _store.Store.PruneAsync(default));
        await _store.ReopenAsync();
        await Assert.ThrowsAsync<JournalUnavailableException>(() => _store.Store.AppendAsync(Leaf(Now.AddDays(-1)), default));
    }

    [Fact]
    public async Task An_unexpired_leaf_and_all_after_it_stay()
    {
        await _store.Store.AppendAsync(Leaf(lifetime: TimeSpan.FromDays(1)), default);
        await _store.Store.AppendAsync(Leaf(lifetime: TimeSpan.FromDays(15)), default);
        await _store.Store.AppendAsync(Leaf(lifetime: TimeSpan.FromDays(1)), default);
        await _store.Store.AppendAsync(Leaf(lifetime: TimeSpan.FromDays(1)), default);
        await AdvanceAsync(TimeSpan.FromDays(40));
        Assert.Equal(1, await _store.Store.PruneAsync(default));
    }

    [Fact]
    public async Task An_unexpired_authority_stays_while_younger_leaves_go()
    {
        await _store.Store.AppendAsync(Leaf(), default);
        await _store.Store.AppendAsync(Root(), default);
        await _store.Store.AppendAsync(Leaf(), default);
        await _store.Store.AppendAsync(Leaf(), default);
        await AdvanceAsync(TimeSpan.FromDays(40));
        await _store.Store.AppendAsync(Leaf(_store.Clock.GetUtcNow()), default);

        Assert.Equal(3, await _store.Store.PruneAsync(default));
        Assert.Equal(2, _store.Sql("SELECT min(seq) FROM journal"));
        Assert.Equal(2, _store.Sql("SELECT count(*) FROM gaps WHERE chain = 1"));
        Assert.Empty((await _store.VerifyAsync()).Findings);

        await AdvanceAsync(TimeSpan.FromDays(4000));
        await _store.Store.AppendAsync(Leaf(_store.Clock.GetUtcNow()), default);
        await _store.Store.PruneAsync(default);
        Assert.Equal(1, _store.Sql("SELECT count(*) FROM gaps WHERE chain = 1"));
        Assert.Empty((await _store.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task What_a_renewal_may_still_ask_for_stays()
    {
        _store.Options.Retention = TimeSpan.Zero;
        await _store.ReopenAsync();
        var record = Leaf(lifetime: TimeSpan.FromHours(1));
        await _store.Store.AppendAsync(record, default);
        await _store.Store.AppendAsync(Leaf(), default);
        await AdvanceAsync(TimeSpan.FromDays(6));
        Assert.Equal(0, await _store.Store.PruneAsync(default));
        Assert.NotNull(await _store.Store.FindLastTokenAsync(record.Serial, record.NotBefore, default));

        await AdvanceAsync(TimeSpan.FromDays(2));
        Assert.Equal(1, await _store.Store.PruneAsync(default));
        Assert.Null(await _store.Store.FindLastTokenAsync(record.Serial, record.NotBefore, default));
    }

    [Fact]
    public async Task Old_events_go_after_their_own_time_and_with_them_old_checkpoints()
    {
        await _store.FillAsync(20);
        await AdvanceAsync(TimeSpan.FromDays(401));
        await _store.FillAsync(1);
        await _store.Store.PruneAsync(default);
        Assert.Equal(0, _store.Sql($"SELECT count(*) FROM audit_events WHERE detail = 'event 3'"));
        Assert.True(_store.Sql("SELECT min(number) FROM checkpoints") > 3);
        Assert.Empty((await _store.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task Many_old_records_go_in_portions()
    {
        await Task.WhenAll(Enumerable.Range(0, 2_500).Select(_ => _store.Store.AppendAsync(Leaf(), default)));
        await AdvanceAsync(TimeSpan.FromDays(40));
        await _store.Store.AppendAsync(Leaf(_store.Clock.GetUtcNow()), default);
        Assert.Equal(2_500, await _store.Store.PruneAsync(default));
        Assert.Equal(1, _store.Sql("SELECT count(*) FROM gaps"));
        Assert.Empty((await _store.VerifyAsync()).Findings);
    }

    [Theory]
    [InlineData("INSERT INTO journal SELECT 3, version, kind, serial, subject, subject_tag, certificate, \"key\", not_before_s, not_after_s, requested_us, authority, authenticator, token_us, token_id, cluster, pod_name, pod_uid, node_name, bundle_sequence, peer, issued_us, hash FROM journal LIMIT 1")]
    [InlineData("DELETE FROM gaps")]
    [InlineData("UPDATE gaps SET last_seq = last_seq + 1")]
    [InlineData("UPDATE gaps SET hash = zeroblob(32)")]
    [InlineData("DELETE FROM journal WHERE seq = 21")]
    [InlineData("DELETE FROM checkpoints WHERE number = (SELECT min(number) FROM checkpoints)")]
    public async Task Hiding_more_behind_what_retention_removed_is_found(string sql)
    {
        await _store.FillAsync(20);
        await AdvanceAsync(TimeSpan.FromDays(40));
        await _store.FillAsync(5);
        await _store.Store.PruneAsync(default);
        _store.Sql(sql);
        Assert.NotEmpty((await _store.VerifyAsync()).Findings);
    }

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
