using MeshCA.Agent.Identities;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Identities;

public sealed class WakeUpTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task A_call_before_the_wait_is_not_lost_and_counts_once()
    {
        var wakeUp = new WakeUp(_clock);
        wakeUp.Call();
        await wakeUp.WaitAsync(TimeSpan.FromHours(1), TestContext.Current.CancellationToken);
        var second = wakeUp.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        await Yielding.ToOthersAsync();
        Assert.False(second.IsCompleted);

        _clock.Advance(TimeSpan.FromSeconds(5));
        await second;
        Assert.Equal(0, _clock.TimerCount);
    }

    // While the loop works it does not wait: all that call meanwhile are seen by one more turn of it.
    [Fact]
    public async Task Calls_while_the_loop_works_cause_one_more_turn_of_it()
    {
        var wakeUp = new WakeUp(_clock);
        var first = wakeUp.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(5));
        await first;
        wakeUp.Call();
        wakeUp.Call();
        wakeUp.Call();
        await wakeUp.WaitAsync(TimeSpan.FromHours(1), TestContext.Current.CancellationToken);
        var third = wakeUp.WaitAsync(TimeSpan.FromHours(1), TestContext.Current.CancellationToken);
        await Yielding.ToOthersAsync();
        Assert.False(third.IsCompleted);
        wakeUp.Call();
        await third;
    }

    [Fact]
    public async Task A_call_is_taken_also_by_who_does_not_wait_at_all()
    {
        var wakeUp = new WakeUp(_clock);
        wakeUp.Call();
        await wakeUp.WaitAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);
        var next = wakeUp.WaitAsync(TimeSpan.FromHours(1), TestContext.Current.CancellationToken);
        await Yielding.ToOthersAsync();
        Assert.False(next.IsCompleted);
        wakeUp.Call();
        await next;
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_call_to_the_next()
    {
        var wakeUp = new WakeUp(_clock);
        using var over = new CancellationTokenSource();
        var waiting = wakeUp.WaitAsync(TimeSpan.FromHours(1), over.Token);
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        wakeUp.Call();
        await wakeUp.WaitAsync(TimeSpan.FromHours(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task No_sleep_is_longer_than_half_a_minute_since_clocks_are_set()
    {
        var waiting = new WakeUp(_clock).WaitAsync(TimeSpan.FromDays(400), TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(30));

        await waiting;
    }
}
