using MeshCA.Issuance;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Retention;
using MeshCA.Storage.Verification;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Retention;

public sealed class StoreRetentionTests : IAsyncLifetime
{
    private StoreFixture _store = null!;

    public async ValueTask InitializeAsync() =>
        _store = await StoreFixture.OpenAsync(options => options.Retention = TimeSpan.FromDays(30));

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Old_records_go_and_what_is_left_still_verifies()
    {
        await _store.FillAsync(20);
        Advance(TimeSpan.FromDays(40));
        await _store.FillAsync(5);
        Assert.Equal(20, await _store.PruneAsync());

        Assert.Equal(5, _store.Sql("SELECT count(*) FROM journal"));
        var report = await _store.VerifyAsync();
        Assert.Empty(report.Findings);
        Assert.Equal(25, report.NewestCheckpoint!.JournalSequence);
    }

    [Fact]
    public async Task A_pruned_store_opens_again_goes_on_and_verifies()
    {
        await _store.FillAsync(20);
        Advance(TimeSpan.FromDays(40));
        await _store.PruneAsync();
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
        Advance(TimeSpan.FromDays(400));
        Assert.Equal(2, await _store.PruneAsync());
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
        Advance(TimeSpan.FromDays(40));
        Assert.Equal(1, await _store.PruneAsync());
    }

    [Fact]
    public async Task An_unexpired_authority_stays_while_younger_leaves_go()
    {
        await _store.Store.AppendAsync(Leaf(), default);
        await _store.Store.AppendAsync(Root(), default);
        await _store.Store.AppendAsync(Leaf(), default);
        await _store.Store.AppendAsync(Leaf(), default);
        Advance(TimeSpan.FromDays(40));
        await _store.Store.AppendAsync(Leaf(_store.Clock.GetUtcNow()), default);

        Assert.Equal(3, await _store.PruneAsync());
        Assert.Equal(2, _store.Sql("SELECT min(seq) FROM journal"));
        Assert.Equal(2, _store.Sql("SELECT count(*) FROM gaps WHERE chain = 1"));
        Assert.Empty((await _store.VerifyAsync()).Findings);

        Advance(TimeSpan.FromDays(4000));
        await _store.Store.AppendAsync(Leaf(_store.Clock.GetUtcNow()), default);
        await _store.PruneAsync();
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
        Advance(TimeSpan.FromDays(6));
        Assert.Equal(0, await _store.PruneAsync());
        Assert.NotNull(await _store.Store.FindLastTokenAsync(record.Serial, record.NotBefore, default));

        Advance(TimeSpan.FromDays(2));
        Assert.Equal(1, await _store.PruneAsync());
        Assert.Null(await _store.Store.FindLastTokenAsync(record.Serial, record.NotBefore, default));
    }

    [Fact]
    public async Task Old_events_go_after_their_own_time_and_with_them_old_checkpoints()
    {
        await _store.FillAsync(20);
        Advance(TimeSpan.FromDays(401));
        await _store.FillAsync(1);
        await _store.PruneAsync();
        Assert.Equal(0, _store.Sql($"SELECT count(*) FROM audit_events WHERE detail = 'event 3'"));
        Assert.True(_store.Sql("SELECT min(number) FROM checkpoints") > 3);
        Assert.Empty((await _store.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task Many_old_records_go_in_portions()
    {
        await Task.WhenAll(Enumerable.Range(0, 2_500).Select(_ => _store.Store.AppendAsync(Leaf(), default)));
        Advance(TimeSpan.FromDays(40));
        await _store.Store.AppendAsync(Leaf(_store.Clock.GetUtcNow()), default);
        Assert.Equal(2_500, await _store.PruneAsync());
        Assert.Equal(1, _store.Sql("SELECT count(*) FROM gaps"));
        Assert.Empty((await _store.VerifyAsync()).Findings);
    }

    [Theory]
    [InlineData("INSERT INTO journal SELECT 3, version, kind, serial, subject, subject_tag, certificate, \"key\", not_before_s, not_after_s, requested_us, authority, authenticator, token_us, token_id, cluster, pod_name, pod_uid, node_name, bundle_sequence, peer, issued_us, hash, audience FROM journal LIMIT 1")]
    [InlineData("DELETE FROM gaps")]
    [InlineData("UPDATE gaps SET last_seq = last_seq + 1")]
    [InlineData("UPDATE gaps SET hash = zeroblob(32)")]
    [InlineData("DELETE FROM journal WHERE seq = 21")]
    [InlineData("DELETE FROM checkpoints WHERE number = (SELECT min(number) FROM checkpoints)")]
    public async Task Hiding_more_behind_what_retention_removed_is_found(string sql)
    {
        await _store.FillAsync(20);
        Advance(TimeSpan.FromDays(40));
        await _store.FillAsync(5);
        await _store.PruneAsync();
        _store.Sql(sql);
        Assert.NotEmpty((await _store.VerifyAsync()).Findings);
    }

    public static TheoryData<string, string> Changes() => new()
    {
        { "UPDATE journal SET not_after_s = 1, token_us = 1 WHERE seq > 20", "journal record 21 was changed" },
        { "UPDATE journal SET subject = 'spiffe://td/ns/a/sa/other' WHERE seq = 4", "journal record 4 was changed" },
        { "UPDATE journal SET kind = 1 WHERE seq = 4", "journal record 4 was changed" },
        { "DELETE FROM journal WHERE seq = 1", "journal records 1 to 1 are missing" },
        { "DELETE FROM journal WHERE seq = 4", "journal records 4 to 4 are missing" },
        { "DELETE FROM journal WHERE seq = 20", "journal records 20 to 20 are missing" },
        {
            "UPDATE journal SET seq = -1 WHERE seq = 4; UPDATE journal SET seq = 4 WHERE seq = 5; UPDATE journal SET seq = 5 WHERE seq = -1",
            "journal record 5 was moved to 4"
        },
        { "UPDATE journal SET seq = 0 WHERE seq = 4", "journal record 0 was put where no record belongs" },
        { "INSERT INTO gaps SELECT 1, 3, 4, hash FROM journal WHERE seq = 4", "the list of what retention removed" },
        { "DELETE FROM checkpoints WHERE number = 2", "checkpoints 2 to 2 are missing" },
        { "DELETE FROM checkpoints", "are missing" },
        { "UPDATE checkpoints SET journal_hash = zeroblob(32) WHERE number = 2", "checkpoint 2 was changed or forged" },
    };

    // 20 old records and 5 young ones, with a checkpoint each 5.
    [Theory, MemberData(nameof(Changes))]
    public async Task Nothing_of_a_chain_is_removed_that_is_not_as_the_service_wrote_it(string sql, string finding)
    {
        await FillAsync(old: 20, young: 5);
        _store.Sql(sql);
        var left = _store.Sql("SELECT count(*) FROM journal");
        Assert.Equal(0, await _store.PruneAsync());

        Assert.Equal(left, _store.Sql("SELECT count(*) FROM journal"));
        Assert.Contains(_store.Log.Entries, entry => entry.EventId == 2011 && entry.Values["Finding"]!.Contains(finding, StringComparison.Ordinal));
        Assert.Contains(await TamperedAsync(), detail => detail.Contains(finding, StringComparison.Ordinal));
        await AssertMarkedForEverAsync();
    }

    [Fact]
    public async Task A_record_whose_end_was_moved_into_the_past_stays_also_with_hashes_that_fit()
    {
        await FillAsync(old: 0, young: 20);
        _store.RewriteJournal(1, Genesis(), row => (row.NotAfter, row.TokenTime) = row.Sequence <= 3 ? (1, 1) : (row.NotAfter, row.TokenTime));
        Assert.Equal(0, await _store.PruneAsync());

        Assert.Equal(20, _store.Sql("SELECT count(*) FROM journal"));
        Assert.Contains(await TamperedAsync(), detail => detail.Contains("between 1 and 5 were rewritten", StringComparison.Ordinal));
        await AssertMarkedForEverAsync();
    }

    [Fact]
    public async Task A_record_that_stayed_between_two_gaps_is_still_vouched_for()
    {
        await _store.Store.AppendAsync(Leaf(), default);
        await _store.Store.AppendAsync(Root(), default);
        await FillAsync(old: 5, young: 5);
        Assert.Equal(6, await _store.PruneAsync());
        Assert.Equal(2, _store.Sql("SELECT count(*) FROM gaps WHERE chain = 1"));
        Assert.Empty((await _store.VerifyAsync()).Findings);

        _store.RewriteJournal(2, HashBeforeRoot(), row => row.NotAfter = row.Sequence == 2 ? 1 : row.NotAfter, count: 1);
        Assert.Contains((await _store.VerifyAsync()).Findings, finding => finding is VerificationFinding.GapsChanged);
        Assert.Equal(0, await _store.PruneAsync());
        Assert.Equal(2, _store.Sql("SELECT min(seq) FROM journal"));
        await AssertMarkedForEverAsync();
    }

    [Fact]
    public async Task Events_made_to_look_old_stay()
    {
        await FillAsync(old: 0, young: 20);
        _store.Sql("UPDATE audit_events SET time_us = 1 WHERE seq <= 3");
        Assert.Equal(0, await _store.PruneAsync());
        Assert.Equal(3, _store.Sql("SELECT count(*) FROM audit_events WHERE time_us = 1"));
        Assert.Contains("audit record 1 was changed", await TamperedAsync());
    }

    [Fact]
    public async Task Records_changed_between_their_verification_and_their_removal_stay()
    {
        await FillAsync(old: 20, young: 5);
        var state = _store.Writer().State;
        var verified = new VerifiedRange(new PruneRange(Chain.Journal, 1, 4), Genesis(), HashAt(4), state.LastCheckpoint);
        _store.Sql("UPDATE journal SET peer = 'elsewhere' WHERE seq = 2");
        var write = new PruneWrite(verified);
        await _store.Writer().WriteAsync(write, default);

        Assert.Equal(new VerificationFinding.RecordsRewritten(Chain.Journal, 1, 4, state.LastCheckpoint), write.Finding);
        Assert.Equal(25, _store.Sql("SELECT count(*) FROM journal"));
        await AssertMarkedForEverAsync();
    }

    [Fact]
    public async Task A_finding_is_reported_once_by_each_process_and_stops_neither_issuing_nor_the_other_chain()
    {
        await FillAsync(old: 20, young: 5);
        _store.Sql("UPDATE journal SET subject = NULL WHERE seq = 4");
        await _store.PruneAsync();
        await _store.PruneAsync();
        Assert.Single(await TamperedAsync());

        Advance(TimeSpan.FromDays(500));
        await _store.FillAsync(1);
        Assert.True(await _store.PruneAsync() > 20);
        Assert.True(_store.Sql("SELECT min(seq) FROM audit_events") > 20);
        Assert.Equal(1, _store.Sql("SELECT min(seq) FROM journal"));
        Assert.True(_store.Store.Health.IsReady);
    }

    [Fact]
    public async Task A_store_that_is_wrong_all_over_does_not_fill_its_audit_log()
    {
        await FillAsync(old: 300, young: 5);
        _store.Sql("UPDATE journal SET hash = zeroblob(32)");
        await _store.PruneAsync();
        Assert.Equal(101, (await TamperedAsync()).Count);
    }

    [Fact]
    public async Task Records_that_no_checkpoint_covers_yet_are_signed_for_and_then_removed()
    {
        _store.Options.CheckpointInterval = 1_000;
        await _store.ReopenAsync();
        await FillAsync(old: 20, young: 5);
        Assert.Equal(0, _store.Sql("SELECT count(*) FROM checkpoints"));
        Assert.Equal(20, await _store.PruneAsync());
        Assert.Empty((await _store.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task Runs_at_the_same_time_do_not_take_each_other_for_somebody_else()
    {
        await FillAsync(old: 100, young: 5);
        var removed = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _store.PruneAsync()));
        Assert.Equal(100, removed.Sum());
        Assert.Empty(await TamperedAsync());
        Assert.Empty((await _store.VerifyAsync()).Findings);
    }

    private async Task FillAsync(int old, int young)
    {
        await _store.FillAsync(old);
        Advance(TimeSpan.FromDays(40));
        await _store.FillAsync(young);
    }

    // In what the store says of itself from then on, and after a restart.
    private async Task AssertMarkedForEverAsync()
    {
        await _store.FillAsync(3);
        await _store.ReopenAsync();
        await _store.ReopenAsync();
        Assert.Contains((await _store.VerifyAsync()).Findings, finding => finding is VerificationFinding.TamperingMarked);
        Assert.True(_store.Store.Health.IsReady);
    }

    private async Task<IReadOnlyList<string>> TamperedAsync()
    {
        var page = await _store.Store.FindEventsAsync(new() { Action = "store.tampered", Limit = 1_000 }, default);
        return [.. page.Entries.Select(entry => entry.Event.Detail)];
    }


    private byte[] HashAt(long sequence) => _store.JournalRows(sequence)[0].Hash;

    private byte[] HashBeforeRoot()
    {
        using var inspection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_store.Database};Mode=ReadOnly;Pooling=false");
        inspection.Open();
        return MeshCA.Storage.Writing.StoreStateReader.ReadGaps(inspection).Single(gap => gap is { Chain: (long)Chain.Journal, Last: 1 }).Hash;
    }

    private byte[] Genesis() =>
        ChainHasher.Genesis(Chain.Journal, _store.StoreId()).Hash;

    private void Advance(TimeSpan by) => _store.Clock.Set(_store.Clock.GetUtcNow() + by);
}
