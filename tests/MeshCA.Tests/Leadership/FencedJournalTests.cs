using MeshCA.Issuance;
using MeshCA.Leadership;
using MeshCA.Tests.Consumers;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Leadership;

public sealed class FencedJournalTests
{
    private readonly TestLeadership _leadership = new();
    private readonly MemoryStore _store = new();
    private readonly SigningRight _right;
    private readonly FencedJournal _journal;

    public FencedJournalTests()
    {
        _right = new(_leadership);
        _journal = new(_store, _right);
    }

    [Fact]
    public async Task A_standby_records_nothing_so_nothing_of_its_leaves()
    {
        await Assert.ThrowsAsync<JournalUnavailableException>(AppendAsync);
        Assert.Empty(_store.Journal);
    }

    [Fact]
    public async Task The_leader_records()
    {
        Lead(1);
        await AppendAsync();
        Assert.Single(_store.Journal);
    }

    [Fact]
    public async Task What_was_recorded_while_the_lease_ended_is_not_delivered()
    {
        Lead(1);
        _store.RecordAppended = () => _leadership.Term = null;
        await Assert.ThrowsAsync<JournalUnavailableException>(AppendAsync);
        Assert.Single(_store.Journal); // recorded for nothing, which harms nobody
    }

    [Fact]
    public async Task What_was_recorded_over_a_change_of_terms_is_not_delivered()
    {
        Lead(1);
        _store.RecordAppended = () => Lead(2);
        await Assert.ThrowsAsync<JournalUnavailableException>(AppendAsync);
    }

    private void Lead(long term)
    {
        _leadership.Term = term;
        _right.Grant(term);
    }

    private Task AppendAsync() => _journal.AppendAsync(Fleet.Record(), TestContext.Current.CancellationToken);
}
