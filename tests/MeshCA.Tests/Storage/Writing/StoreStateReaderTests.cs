using FsCheck;
using FsCheck.Fluent;
using MeshCA.Issuance;
using MeshCA.Storage.Verification;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Writing;

/// <summary>Numbers that no service ever wrote: findings, and nothing that stops the service.</summary>
public sealed class StoreStateReaderTests : IAsyncLifetime
{
    private const string Greatest = "9223372036854775807";
    private const string Least = "-9223372036854775808";

    private const string CheckpointColumns =
        "version, time_us, reason, first_number, previous, journal_seq, journal_hash, audit_seq, audit_hash, gaps_hash, \"key\", signature";

    private static readonly (string Table, string Key, string[] Columns)[] Numbers =
    [
        ("journal", "seq", ["seq", "version", "kind", "not_before_s", "not_after_s", "requested_us", "token_us", "bundle_sequence", "issued_us"]),
        ("audit_events", "seq", ["seq", "version", "time_us"]),
        ("checkpoints", "number", ["number", "version", "time_us", "reason", "first_number", "journal_seq", "audit_seq"]),
        ("gaps", "first_seq", ["chain", "first_seq", "last_seq"]),
    ];

    private StoreFixture _store = null!;

    // 20 leaves, of which the first are gone, and 21 events: checkpoints, a gap, and records that no checkpoint covers yet.
    public async ValueTask InitializeAsync()
    {
        _store = await StoreFixture.OpenAsync(options => options.Retention = TimeSpan.FromDays(30));
        await _store.FillAsync(6);
        _store.Clock.Set(_store.Clock.GetUtcNow().AddDays(40));
        await _store.FillAsync(12);
        Assert.Equal(6, await _store.PruneAsync());
        await _store.FillAsync(2);
        Assert.Equal((20, 21), (_store.Sql("SELECT max(seq) FROM journal"), _store.Sql("SELECT max(seq) FROM audit_events")));
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Theory]
    [InlineData($"INSERT INTO checkpoints SELECT {Greatest}, {CheckpointColumns} FROM checkpoints LIMIT 1")]
    [InlineData($"INSERT INTO checkpoints SELECT max(number) + 1, {CheckpointColumns} FROM checkpoints")]
    [InlineData($"UPDATE checkpoints SET number = {Greatest} WHERE number = (SELECT max(number) FROM checkpoints)")]
    [InlineData($"UPDATE checkpoints SET journal_seq = {Greatest}, audit_seq = {Greatest} WHERE number = (SELECT max(number) FROM checkpoints)")]
    [InlineData($"UPDATE checkpoints SET first_number = {Greatest} WHERE number = (SELECT max(number) FROM checkpoints)")]
    [InlineData($"UPDATE checkpoints SET journal_hash = x'01', audit_hash = x''")]
    [InlineData($"UPDATE journal SET seq = {Greatest} WHERE seq = 20")]
    [InlineData("UPDATE journal SET seq = 1099511627800 WHERE seq = 20")]
    [InlineData("UPDATE journal SET seq = 0 WHERE seq = 20")]
    [InlineData($"UPDATE journal SET seq = {Least} WHERE seq = 20")]
    [InlineData($"UPDATE audit_events SET seq = {Greatest} WHERE seq = 21")]
    [InlineData($"UPDATE audit_events SET seq = {Least} WHERE seq = 21")]
    [InlineData($"UPDATE gaps SET last_seq = {Greatest}")]
    [InlineData($"UPDATE gaps SET first_seq = {Least}")]
    [InlineData("INSERT INTO gaps VALUES (1, 20, 17, zeroblob(32))")]
    [InlineData("INSERT INTO gaps VALUES (1, 20, 3, zeroblob(32))")]
    [InlineData($"INSERT INTO gaps VALUES (2, 22, {Greatest}, x'')")]
    [InlineData("INSERT INTO gaps VALUES (77, 1, 2, x'')")]
    [InlineData($"UPDATE journal SET issued_us = {Least} WHERE seq = 20")]
    [InlineData($"UPDATE journal SET not_before_s = {Least}, not_after_s = {Greatest}, requested_us = {Greatest}, token_us = {Least} WHERE seq = 20")]
    [InlineData("UPDATE journal SET certificate = x'01', \"key\" = x'', serial = x'', hash = x'' WHERE seq = 20")]
    [InlineData($"UPDATE audit_events SET time_us = {Greatest}, hash = x'' WHERE seq = 21")]
    public async Task What_somebody_wrote_into_the_tables_is_found_and_the_service_goes_on(string sql)
    {
        _store.Sql(sql);
        Assert.NotEmpty((await _store.VerifyAsync()).Findings);

        await _store.ReopenAsync();
        await _store.FillAsync(8);
        Assert.Contains(_store.Log.Entries, entry => entry.EventId == 2011);
        Assert.Contains((await _store.VerifyAsync()).Findings, finding => finding is VerificationFinding.TamperingMarked);

        await _store.ReopenAsync();
        await _store.FillAsync(8);
        await QueryAsync();
        await _store.PruneAsync();
        Assert.True(_store.Store.Health.IsReady);
    }

    [Fact]
    public async Task A_newest_time_beyond_all_time_stops_issuing_as_any_clock_behind_does()
    {
        _store.Sql($"UPDATE journal SET issued_us = {Greatest} WHERE seq = 20");
        await _store.ReopenAsync();
        var refusal = await Assert.ThrowsAsync<JournalUnavailableException>(() => _store.Store.AppendAsync(Leaf(_store.Clock.GetUtcNow()), default));
        Assert.Contains("9999-12-31", refusal.Message, StringComparison.Ordinal);
        await _store.Store.AppendAsync(Event(), default);
    }

    [Theory]
    [InlineData("journal", "INSERT INTO journal SELECT seq + 1, version, kind, serial, subject, subject_tag, certificate, \"key\", not_before_s, not_after_s, requested_us, authority, authenticator, token_us, token_id, cluster, pod_name, pod_uid, node_name, bundle_sequence, peer, issued_us, hash, audience FROM journal ORDER BY seq DESC LIMIT 1")]
    [InlineData("checkpoint", $"INSERT INTO checkpoints SELECT max(number) + 1, {CheckpointColumns} FROM checkpoints")]
    public async Task A_row_in_the_place_of_the_next_one_costs_one_write_and_is_found(string what, string sql)
    {
        _store.Sql(sql);
        var failures = 0;
        for (var i = 0; i < 12; i++)
        {
            var failure = await Record.ExceptionAsync(() => _store.Store.AppendAsync(Leaf(_store.Clock.GetUtcNow()), default));
            failures += failure is null ? 0 : 1;
        }

        Assert.Equal(1, failures);
        Assert.Contains(
            _store.Log.Entries,
            entry => entry.EventId == 2011 && entry.Values["Finding"]!.Contains(what, StringComparison.Ordinal));
        Assert.Contains((await _store.VerifyAsync()).Findings, finding => finding is VerificationFinding.TamperingMarked);
    }

    [Fact]
    public void No_number_in_any_column_makes_the_store_or_its_verification_fail()
    {
        var numbers = Gen.OneOf(
            Gen.Elements(
                long.MinValue, long.MinValue + 1, -1, 0, 1, 2, 19, 20, 21, 1L << 40, (1L << 40) + 20, 1L << 62, long.MaxValue - 1, long.MaxValue),
            ArbMap.Default.GeneratorFor<long>());
        var changes =
            from column in Gen.Elements(Numbers.SelectMany(table => table.Columns.Select(name => (table.Table, table.Key, name))).ToArray())
            from last in ArbMap.Default.GeneratorFor<bool>()
            from number in numbers
            select $"UPDATE OR REPLACE {column.Table} SET {column.name} = {(number == long.MinValue ? Least : number)} "
                + $"WHERE {column.Key} = (SELECT {(last ? "max" : "min")}({column.Key}) FROM {column.Table})";
        Prop.ForAll(Arb.From(changes), SurvivesAsync)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    // Each change on top of those before: what is wrong piles up.
    private async Task<bool> SurvivesAsync(string sql)
    {
        _store.Sql(sql);
        await _store.VerifyAsync();
        await _store.ReopenAsync();
        await _store.Store.AppendAsync(Event(), default);
        var refusal = await Record.ExceptionAsync(() => _store.Store.AppendAsync(Leaf(_store.Clock.GetUtcNow()), default));
        await QueryAsync();
        await _store.PruneAsync();
        return _store.Store.Health.Reason is MeshCA.Storage.StoreHealthReason.Healthy or MeshCA.Storage.StoreHealthReason.ClockBehind
            && refusal is null or JournalUnavailableException;
    }

    private async Task QueryAsync()
    {
        Assert.NotEmpty((await _store.Store.FindRecordsAsync(new() { Limit = 1_000 }, default)).Entries);
        Assert.NotEmpty((await _store.Store.FindEventsAsync(new() { Limit = 1_000 }, default)).Entries);
    }
}
