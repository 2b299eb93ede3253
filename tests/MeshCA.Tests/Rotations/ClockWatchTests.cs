using MeshCA.Rotations;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rotations;

public sealed class ClockWatchTests
{
    private readonly ManualTimeProvider _clock = new();

    [Theory]
    [InlineData(0, false)]
    [InlineData(60, false)]
    [InlineData(61, true)]
    [InlineData(-86_400, false)]
    public void A_clock_that_runs_ahead_of_elapsed_time_by_more_than_a_minute_has_jumped(int seconds, bool jumped)
    {
        var watch = new ClockWatch(_clock);
        _clock.Advance(TimeSpan.FromDays(400)); // time that passed is no jump
        _clock.Jump(TimeSpan.FromSeconds(seconds));
        Assert.Equal(jumped ? TimeSpan.FromSeconds(seconds) : null, watch.Jump());
    }

    [Fact]
    public void Small_jumps_add_up_until_they_are_accepted()
    {
        var watch = new ClockWatch(_clock);
        _clock.Jump(TimeSpan.FromSeconds(40));
        Assert.Null(watch.Jump());
        _clock.Jump(TimeSpan.FromSeconds(40));
        Assert.Equal(TimeSpan.FromSeconds(80), watch.Jump());
        Assert.Equal(TimeSpan.FromSeconds(80), watch.Jump()); // said again until somebody has it
        Assert.False(watch.IsPlausible());
        watch.Accept();
        Assert.Null(watch.Jump());
        Assert.False(watch.IsPlausible()); // nobody's word for a rotation is one for what is thrown away
        _clock.Jump(TimeSpan.FromSeconds(-30));
        Assert.True(watch.IsPlausible());
    }

    [Fact]
    public void A_clock_that_was_set_back_may_jump_again_from_there()
    {
        var watch = new ClockWatch(_clock);
        _clock.Jump(TimeSpan.FromHours(-1));
        Assert.Null(watch.Jump());
        _clock.Jump(TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.FromHours(1), watch.Jump());
    }
}
