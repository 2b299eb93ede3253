using MeshCA.Issuance;
using MeshCA.Storage.Queries;
using SpiffeIdentity;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Queries;

public sealed class SqliteQueriesTests : IAsyncLifetime
{
    private readonly List<IssuanceRecord> _records = [];
    private StoreFixture _store = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await StoreFixture.OpenAsync();
        for (var i = 0; i < 10; i++)
        {
            var record = Leaf(Now.AddMinutes(i), $"spiffe://td/ns/a/sa/n{i % 3}") with { Kind = i == 9 ? CertificateKind.Serving : CertificateKind.Leaf };
            _records.Add(record);
            await _store.Store.AppendAsync(record, default);
            await _store.Store.AppendAsync(Event($"action.{i % 2}", Now.AddMinutes(i)) with { Target = $"t{i}" }, default);
        }
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Records_come_newest_first_and_whole()
    {
        var page = await _store.Store.FindRecordsAsync(new(), default);
        Assert.Equal(_records.AsEnumerable().Reverse(), page.Entries.Select(entry => entry.Record));
        Assert.Equal(10, page.Entries[0].Sequence);
        Assert.Null(page.Next);
    }

    [Fact]
    public async Task A_record_without_what_is_optional_comes_back_the_same()
    {
        var root = Root(Now.AddMinutes(20));
        await _store.Store.AppendAsync(root, default);
        Assert.Equal(root, (await _store.Store.FindRecordsAsync(new() { Limit = 1 }, default)).Entries[0].Record);
    }

    [Fact]
    public async Task An_empty_text_stays_empty_and_a_missing_one_missing()
    {
        var record = Leaf(Now.AddMinutes(20)) with { Peer = "" };
        record = record with { Evidence = record.Evidence! with { Cluster = "", PodName = null, TokenId = "" } };
        await _store.Store.AppendAsync(record, default);
        Assert.Equal(record, (await _store.Store.FindRecordsAsync(new() { Limit = 1 }, default)).Entries[0].Record);
        Assert.Empty((await _store.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task A_SPIFFE_ID_finds_its_own_records_only() =>
        Assert.Equal([8L, 5L, 2L], await FindAsync(new() { Subject = SpiffeId.Parse("spiffe://td/ns/a/sa/n1") }));

    [Fact]
    public async Task A_serial_finds_its_record() => Assert.Equal([4L], await FindAsync(new() { Serial = _records[3].Serial }));

    [Fact]
    public async Task An_unknown_serial_finds_nothing() => Assert.Empty(await FindAsync(new() { Serial = SerialNumber.Draw() }));

    [Fact]
    public async Task A_kind_finds_its_records() => Assert.Equal([10L], await FindAsync(new() { Kind = CertificateKind.Serving }));

    [Fact]
    public async Task A_range_of_time_holds_its_begin_and_not_its_end() =>
        Assert.Equal([4L, 3L], await FindAsync(new() { Since = Now.AddMinutes(2), Until = Now.AddMinutes(4) }));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    public async Task Pages_give_every_record_once_also_those_of_the_same_time(int limit)
    {
        await _store.Store.AppendAsync(Leaf(Now.AddMinutes(9)), default);
        await _store.Store.AppendAsync(Leaf(Now.AddMinutes(9)), default);
        var found = new List<long>();
        PageCursor? cursor = null;
        do
        {
            var page = await _store.Store.FindRecordsAsync(new() { Limit = limit, After = cursor }, default);
            found.AddRange(page.Entries.Select(entry => entry.Sequence));
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal(Enumerable.Range(1, 12).Reverse().Select(sequence => (long)sequence), found);
    }

    [Fact]
    public async Task Events_are_found_by_action_target_and_time()
    {
        Assert.Equal([9L, 7L, 5L, 3L, 1L], await FindEventsAsync(new() { Action = "action.0" }));
        Assert.Equal([4L], await FindEventsAsync(new() { Target = "t3" }));
        Assert.Equal([2L], await FindEventsAsync(new() { Since = Now.AddMinutes(1), Until = Now.AddMinutes(2) }));
    }

    [Fact]
    public async Task Pages_of_events_give_every_event_once()
    {
        var first = await _store.Store.FindEventsAsync(new() { Limit = 6 }, default);
        var second = await _store.Store.FindEventsAsync(new() { Limit = 6, After = first.Next }, default);
        Assert.Equal((6, 4), (first.Entries.Count, second.Entries.Count));
        Assert.Null(second.Next);
        Assert.Equal(10, first.Entries.Concat(second.Entries).Select(entry => entry.Sequence).Distinct().Count());
    }

    [Fact]
    public async Task A_running_store_can_be_looked_at_from_beside()
    {
        using var inspection = new StoreInspection(_store.Options);
        Assert.Equal(10, (await inspection.FindRecordsAsync(new(), default)).Entries.Count);
        Assert.Equal(10, (await inspection.FindEventsAsync(new(), default)).Entries.Count);
        Assert.Empty((await inspection.VerifyAsync(null, default)).Findings);
    }

    [Fact]
    public void Looking_at_a_store_that_is_not_there_makes_none()
    {
        var options = new MeshCA.Configuration.StorageOptions { DirectoryPath = _store.File("none") };
        Assert.Throws<JournalUnavailableException>(() => new StoreInspection(options));
        Assert.False(System.IO.Directory.Exists(options.DirectoryPath));
    }

    private async Task<IEnumerable<long>> FindAsync(JournalQuery query) =>
        (await _store.Store.FindRecordsAsync(query, default)).Entries.Select(entry => entry.Sequence);

    private async Task<IEnumerable<long>> FindEventsAsync(AuditQuery query) =>
        (await _store.Store.FindEventsAsync(query, default)).Entries.Select(entry => entry.Sequence);
}
