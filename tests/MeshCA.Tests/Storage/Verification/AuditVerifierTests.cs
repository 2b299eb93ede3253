using MeshCA.Issuance;
using MeshCA.Storage;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Sealing;
using MeshCA.Storage.Verification;
using MeshCA.Storage.Writing;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Verification;

public sealed class AuditVerifierTests : IAsyncLifetime
{
    private StoreFixture _store = null!;

    // 12 leaves and 12 events: checkpoints at 5 and 5, 10 and 10, and at shutdown 12 and 12.
    public async ValueTask InitializeAsync()
    {
        _store = await StoreFixture.OpenAsync();
        await _store.FillAsync(12);
        await _store.Store.DisposeAsync();
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_store_left_alone_is_intact()
    {
        var report = await _store.VerifyAsync();
        Assert.Empty(report.Findings);
        Assert.Equal((12L, 12L, 3), (report.JournalRecords, report.AuditEvents, report.Checkpoints));
        Assert.Equal((0L, 0L), (report.JournalRecordsAfter, report.AuditEventsAfter));
        Assert.Equal(12, report.NewestCheckpoint!.JournalSequence);
    }

    [Fact]
    public async Task Records_after_the_newest_checkpoint_are_counted_as_only_chained()
    {
        await _store.ReopenAsync();
        await _store.Store.AppendAsync(Leaf(), default);
        Assert.Equal(1, (await _store.VerifyAsync()).JournalRecordsAfter);
    }

    [Theory]
    [InlineData("version", "2")]
    [InlineData("kind", "4")]
    [InlineData("serial", "x'01'")]
    [InlineData("subject", "'spiffe://td/ns/a/sa/other'")]
    [InlineData("subject", "NULL")]
    [InlineData("subject_tag", "1")]
    [InlineData("certificate", "zeroblob(32)")]
    [InlineData("\"key\"", "zeroblob(32)")]
    [InlineData("not_before_s", "not_before_s + 1")]
    [InlineData("not_after_s", "not_after_s + 1")]
    [InlineData("requested_us", "1")]
    [InlineData("authority", "'x'")]
    [InlineData("authenticator", "'x'")]
    [InlineData("token_us", "NULL")]
    [InlineData("token_us", "0")]
    [InlineData("token_id", "''")]
    [InlineData("cluster", "NULL")]
    [InlineData("pod_name", "''")]
    [InlineData("pod_uid", "NULL")]
    [InlineData("node_name", "'x'")]
    [InlineData("bundle_sequence", "8")]
    [InlineData("peer", "NULL")]
    [InlineData("issued_us", "issued_us + 1")]
    [InlineData("hash", "zeroblob(32)")]
    public async Task Changing_any_field_of_a_journal_record_is_found_and_named(string column, string value)
    {
        _store.Sql($"UPDATE journal SET {column} = {value} WHERE seq = 4");
        Assert.Equal([new VerificationFinding.RecordChanged(Chain.Journal, 4)], await FindingsAsync());
    }

    [Theory]
    [InlineData("version", "2")]
    [InlineData("time_us", "0")]
    [InlineData("action", "'x'")]
    [InlineData("actor", "'x'")]
    [InlineData("target", "'x'")]
    [InlineData("outcome", "'ok'")]
    [InlineData("detail", "''")]
    [InlineData("hash", "zeroblob(32)")]
    public async Task Changing_any_field_of_an_audit_event_is_found_and_named(string column, string value)
    {
        _store.Sql($"UPDATE audit_events SET {column} = {value} WHERE seq = 7");
        Assert.Equal([new VerificationFinding.RecordChanged(Chain.Audit, 7)], await FindingsAsync());
    }

    [Fact]
    public async Task Moving_text_from_one_field_to_the_next_is_found()
    {
        _store.Sql("UPDATE journal SET pod_name = pod_name || pod_uid, pod_uid = '' WHERE seq = 4");
        Assert.Equal([new VerificationFinding.RecordChanged(Chain.Journal, 4)], await FindingsAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(10)]
    public async Task A_removed_record_is_found_and_named(int sequence)
    {
        _store.Sql($"DELETE FROM journal WHERE seq = {sequence}");
        Assert.Equal([new VerificationFinding.RecordsMissing(Chain.Journal, sequence, sequence)], await FindingsAsync());
    }

    [Fact]
    public async Task A_removed_run_of_records_is_one_finding()
    {
        _store.Sql("DELETE FROM audit_events WHERE seq BETWEEN 3 AND 8");
        Assert.Equal([new VerificationFinding.RecordsMissing(Chain.Audit, 3, 8)], await FindingsAsync());
    }

    [Fact]
    public async Task Closing_the_hole_of_a_removed_record_is_found()
    {
        _store.Sql("DELETE FROM journal WHERE seq = 6");
        for (var sequence = 7; sequence <= 12; sequence++)
        {
            _store.Sql($"UPDATE journal SET seq = seq - 1 WHERE seq = {sequence}");
        }

        var findings = await FindingsAsync();
        Assert.Contains(new VerificationFinding.TailCut(Chain.Journal, 3, 12, 11), findings);
        Assert.True(findings.Count > 1);
    }

    [Theory]
    [InlineData(3, 4)]
    [InlineData(3, 9)]
    public async Task Swapped_records_are_found_and_named(int first, int second)
    {
        _store.Sql($"UPDATE journal SET seq = -1 WHERE seq = {first}");
        _store.Sql($"UPDATE journal SET seq = {first} WHERE seq = {second}");
        _store.Sql($"UPDATE journal SET seq = {second} WHERE seq = -1");
        Assert.Equal(
            [
                new VerificationFinding.RecordMoved(Chain.Journal, first, second),
                new VerificationFinding.RecordMoved(Chain.Journal, second, first),
            ],
            (await FindingsAsync()).OfType<VerificationFinding.RecordMoved>());
    }

    [Fact]
    public async Task A_cut_tail_is_found_with_what_the_checkpoint_says()
    {
        _store.Sql("DELETE FROM journal WHERE seq > 9");
        Assert.Equal([new VerificationFinding.TailCut(Chain.Journal, 3, 12, 9)], await FindingsAsync());
    }

    [Fact]
    public async Task A_cut_tail_is_still_found_after_the_service_went_on()
    {
        _store.Sql("DELETE FROM journal WHERE seq > 9");
        await _store.ReopenAsync();
        await _store.FillAsync(6);
        Assert.Contains(new VerificationFinding.RecordsMissing(Chain.Journal, 10, 12), await FindingsAsync());
    }

    [Fact]
    public async Task A_tail_cut_together_with_its_checkpoints_is_found_with_the_logged_checkpoint_only()
    {
        var logged = _store.Log.Entries.Last(entry => entry.EventId == 2002).Values["Checkpoint"];
        Assert.True(CheckpointReference.TryParse(logged, out var expected));
        _store.Sql("DELETE FROM journal WHERE seq > 10");
        _store.Sql("DELETE FROM audit_events WHERE seq > 10");
        _store.Sql("DELETE FROM checkpoints WHERE number > 2");

        Assert.Empty(await FindingsAsync());
        Assert.Equal([new VerificationFinding.RolledBack(3, 2)], (await _store.VerifyAsync(expected)).Findings);
    }

    [Fact]
    public async Task A_logged_checkpoint_that_fits_is_no_finding_and_one_that_does_not_is()
    {
        var newest = (await _store.VerifyAsync()).NewestCheckpoint!;
        Assert.Empty((await _store.VerifyAsync(newest)).Findings);
        Assert.Equal(
            [new VerificationFinding.ExpectedCheckpointDiffers(3)],
            (await _store.VerifyAsync(newest with { JournalHash = newest.AuditHash })).Findings);
    }

    [Fact]
    public async Task A_chain_rewritten_with_hashes_that_fit_is_found_by_the_checkpoint_over_it()
    {
        _store.RewriteJournal(8, _store.JournalRows(7)[0].Hash, row => row.Peer = "elsewhere");
        Assert.Equal(
            [new VerificationFinding.RecordsRewritten(Chain.Journal, 6, 10, 2), new VerificationFinding.RecordsRewritten(Chain.Journal, 11, 12, 3)],
            await FindingsAsync());
    }

    [Theory]
    [InlineData("journal_hash = zeroblob(32)")]
    [InlineData("journal_seq = 9")]
    [InlineData("audit_seq = 9")]
    [InlineData("time_us = time_us + 1")]
    [InlineData("reason = 3")]
    [InlineData("first_number = 2")]
    [InlineData("gaps_hash = zeroblob(32)")]
    [InlineData("\"key\" = zeroblob(32)")]
    [InlineData("signature = zeroblob(64)")]
    [InlineData("signature = x''")]
    public async Task A_changed_checkpoint_is_found(string change)
    {
        _store.Sql($"UPDATE checkpoints SET {change} WHERE number = 2");
        Assert.Contains(new VerificationFinding.CheckpointForged(2), await FindingsAsync());
    }

    [Fact]
    public async Task A_missing_checkpoint_is_found()
    {
        _store.Sql("DELETE FROM checkpoints WHERE number = 2");
        Assert.Equal([new VerificationFinding.CheckpointsMissing(2, 2)], await FindingsAsync());
    }

    [Fact]
    public async Task A_forged_gap_hides_no_removal()
    {
        _store.Sql("INSERT INTO gaps SELECT 1, 1, 6, hash FROM journal WHERE seq = 6");
        _store.Sql("DELETE FROM journal WHERE seq <= 6");
        Assert.Equal([new VerificationFinding.GapsChanged(3)], await FindingsAsync());
    }

    [Fact]
    public async Task A_forged_gap_is_still_found_after_the_service_started_wrote_and_stopped()
    {
        ForgeGap();
        await _store.ReopenAsync();
        await _store.FillAsync(6);
        await _store.ReopenAsync();
        await _store.Store.DisposeAsync();
        var findings = await FindingsAsync();
        Assert.Contains(new VerificationFinding.TamperingMarked(4), findings);
        Assert.Contains(new VerificationFinding.GapsWithoutRetention(4), findings);
        Assert.Single(findings, finding => finding is VerificationFinding.TamperingMarked);
        Assert.Equal(1, _store.Sql("SELECT count(*) FROM audit_events WHERE action = 'store.tampered'"));
    }

    [Fact]
    public async Task A_forged_gap_is_still_found_after_retention_removed_all_around_it()
    {
        ForgeGap();
        await _store.ReopenAsync();
        await _store.FillAsync(3);
        _store.Clock.Set(_store.Clock.GetUtcNow().AddDays(500));
        await _store.FillAsync(3);
        Assert.True(await _store.PruneAsync() > 0);
        _store.Clock.Set(_store.Clock.GetUtcNow().AddDays(500));
        await _store.FillAsync(3);
        await _store.PruneAsync();
        await _store.ReopenAsync();
        Assert.True(_store.Sql("SELECT min(seq) FROM journal") > 12);
        Assert.Contains(new VerificationFinding.TamperingMarked(4), await FindingsAsync());
        _store.Sql("DELETE FROM checkpoints WHERE number <= 4");
        Assert.Contains(new VerificationFinding.CheckpointsMissing(4, 4), await FindingsAsync());
    }

    [Fact]
    public async Task A_gap_forged_while_the_service_runs_is_found_when_it_opens_the_database_again_after_a_fault()
    {
        await _store.ReopenAsync();
        ForgeGap();
        await Assert.ThrowsAsync<JournalUnavailableException>(() => _store.Writer().WriteAsync(new FaultyWrite(), default));
        await _store.FillAsync(1);
        Assert.Contains(new VerificationFinding.TamperingMarked(4), await FindingsAsync());
        Assert.Single(_store.Log.Entries, entry => entry.EventId == 2011);
    }

    [Fact]
    public async Task A_mark_of_tampering_is_signed_even_if_the_service_stops_at_once()
    {
        ForgeGap();
        await _store.ReopenAsync();
        await _store.Store.DisposeAsync();
        Assert.Contains(new VerificationFinding.TamperingMarked(4), await FindingsAsync());
    }

    [Fact]
    public async Task A_gap_whose_hash_is_not_what_a_checkpoint_says_of_its_end_is_found()
    {
        _store.Sql("INSERT INTO gaps SELECT 1, 1, 5, hash FROM journal WHERE seq = 4");
        _store.Sql("DELETE FROM journal WHERE seq <= 5");
        Assert.Contains(new VerificationFinding.RecordsRewritten(Chain.Journal, 1, 5, 1), await FindingsAsync());
    }

    [Fact]
    public async Task A_store_without_any_checkpoint_left_is_a_finding_once_it_had_authorities()
    {
        await _store.ReopenAsync();
        await _store.Store.TryApplyAsync(FirstChange(), default);
        _store.Sql("DELETE FROM checkpoints");
        Assert.Equal([new VerificationFinding.NoCheckpoint()], await FindingsAsync());
    }

    [Fact]
    public async Task What_was_done_while_the_service_was_down_is_audited_when_it_starts()
    {
        _store.Sql("UPDATE journal SET subject = 'spiffe://td/evil' WHERE seq = 12");
        await _store.ReopenAsync();
        await _store.Store.DisposeAsync();
        Assert.Equal(1, _store.Sql("SELECT count(*) FROM audit_events WHERE action = 'store.tampered' AND detail LIKE '%12 was changed%'"));
        Assert.Single(_store.Log.Entries, entry => entry.EventId == 2011);
    }

    [Fact]
    public async Task Starting_on_an_intact_store_raises_no_alarm()
    {
        await _store.ReopenAsync();
        Assert.DoesNotContain(_store.Log.Entries, entry => entry.EventId == 2011);
    }

    [Fact]
    public async Task Every_finding_is_said_in_words()
    {
        _store.Sql("DELETE FROM journal WHERE seq = 6");
        Assert.Equal("journal records 6 to 6 are missing", (await FindingsAsync())[0].Describe());
    }

    [Fact]
    public async Task A_cancelled_verification_ends()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        using var kek = KeyEncryptionKeySource.Load(_store.Options, storeIsNew: false);
        using var connection = StoreConnections.OpenReader(_store.Database);
        using var identity = StoreIdentity.Open(connection, kek)!;
        var verifier = new AuditVerifier(identity);
        Assert.Throws<OperationCanceledException>(() => verifier.Verify(connection, null, cancelled.Token));
        Assert.Throws<OperationCanceledException>(() => verifier.VerifyTail(connection, cancelled.Token));
    }

    private void ForgeGap()
    {
        _store.Sql("INSERT INTO gaps SELECT 1, 1, 2, hash FROM journal WHERE seq = 2");
        _store.Sql("DELETE FROM journal WHERE seq <= 2");
    }

    private async Task<IReadOnlyList<VerificationFinding>> FindingsAsync() => (await _store.VerifyAsync()).Findings;

    private sealed class FaultyWrite : StoreWrite
    {
        public override void Apply(StoreTransaction transaction) => throw new System.IO.IOException("the disk is gone");
    }
}
