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

    [Fact]
    public async Task No_sleep_is_longer_than_half_a_minute_since_clocks_are_set()
    {
        var waiting = new WakeUp(_clock).WaitAsync(TimeSpan.FromDays(400), TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(30));

        await waiting;
    }
}
