using MeshCA.Agent.Identities;
using Xunit;

namespace MeshCA.Tests.Agent.Identities;

public sealed class AgentStateStoreTests
{
    private readonly AgentStateStore _store = new();

    [Fact]
    public void It_begins_with_nothing() =>
        Assert.Equal((0, 0, true), (_store.Current.Revision, _store.Current.Svids.Length, _store.Current.Bundle is null));

    [Fact]
    public async Task Waiters_get_the_newest_state_and_never_one_between()
    {
        var early = _store.NewerThanAsync(0, TestContext.Current.CancellationToken);
        Assert.False(early.IsCompleted);
        _store.Publish(state => state with { RevocationLists = [new byte[1]] });
        _store.Publish(state => state with { RevocationLists = [new byte[1], new byte[1]] });

        Assert.InRange((await early).Revision, 1, 2);
        Assert.Equal(2, (await _store.NewerThanAsync(1, TestContext.Current.CancellationToken)).Revision);
        Assert.Equal(2, (await _store.NewerThanAsync(0, TestContext.Current.CancellationToken)).RevocationLists.Length);
    }

    [Fact]
    public void A_state_that_did_not_change_keeps_its_revision()
    {
        var first = _store.Publish(state => state with { Bundle = null });
        Assert.Same(first, _store.Publish(state => state));
        Assert.Equal(1, _store.Current.Revision);
    }

    [Fact]
    public async Task A_waiter_can_give_up_and_others_go_on()
    {
        using var ended = new CancellationTokenSource();
        var (one, other) = (_store.NewerThanAsync(0, ended.Token), _store.NewerThanAsync(0, TestContext.Current.CancellationToken));
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        _store.Publish(state => state with { Bundle = null });

        Assert.Equal(1, (await other).Revision);
    }

    [Fact]
    public async Task No_change_is_missed_however_threads_interleave()
    {
        const int changes = 2_000;
        var reader = Task.Run(async () =>
        {
            for (var seen = 0L; seen < changes;)
            {
                var next = (await _store.NewerThanAsync(seen, TestContext.Current.CancellationToken)).Revision;
                Assert.True(next > seen);
                seen = next;
            }
        }, TestContext.Current.CancellationToken);
        for (var i = 0; i < changes; i++)
        {
            _store.Publish(state => state with { Bundle = null });
        }

        await reader;
    }
}
