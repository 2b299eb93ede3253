using MeshCA.Agent.Identities;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Identities;

public sealed class DueTimeTests
{
    private readonly ManualTimeProvider _clock = new();

    // The clock was eight hours ahead when the wait began, as where it is kept in local time, and is set over the network.
    [Theory]
    [InlineData(0)]
    [InlineData(-8)]
    public void It_comes_after_as_long_as_was_meant_also_where_the_clock_is_set_back(int hours)
    {
        var due = new DueTime(_clock, _clock.GetUtcNow().AddMinutes(5));
        _clock.Jump(TimeSpan.FromHours(hours));
        _clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        Assert.False(due.IsOver);
        Assert.Equal(TimeSpan.FromTicks(1), due.Left);
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.True(due.IsOver);
    }

    [Fact]
    public void After_a_sleep_of_the_machine_it_is_there_by_the_clock()
    {
        var due = new DueTime(_clock, _clock.GetUtcNow().AddHours(5));
        _clock.Jump(TimeSpan.FromHours(5));
        Assert.True(due.IsOver);
        Assert.Equal(_clock.GetUtcNow(), due.At);
    }

    [Fact]
    public void What_is_past_is_over_at_once() => Assert.True(new DueTime(_clock, _clock.GetUtcNow()).IsOver);
}
