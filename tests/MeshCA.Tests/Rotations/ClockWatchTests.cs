using MeshCA.Rotations;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rotations;

public sealed class ClockWatchTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

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
        Assert.Equal(jumped ? TimeSpan.FromSeconds(seconds) : null, watch.Doubt()?.Jump);
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
        watch.Accept();
        Assert.Null(watch.Jump());
        Assert.NotNull(watch.Doubt()); // nobody's word for a rotation is one for anything else
        _clock.Jump(TimeSpan.FromSeconds(-30));
        Assert.Null(watch.Doubt());
    }

    [Fact]
    public void A_clock_that_was_set_back_may_jump_again_from_there()
    {
        var watch = new ClockWatch(_clock);
        _clock.Jump(-Hour);
        Assert.Null(watch.Jump());
        Assert.Null(watch.Doubt());
        _clock.Jump(Hour);
        Assert.Equal(Hour, watch.Jump());
        Assert.Equal(Hour, watch.Doubt()!.Jump);
    }

    // how far it jumps, and how long it has to go on as the machine counts: as long, and longer than services that keep time take
    [Theory]
    [InlineData(2, 60)]
    [InlineData(60, 60)]
    [InlineData(61, 61)]
    [InlineData(43_200, 43_200)]
    public void A_jump_is_believed_once_the_clock_agreed_with_the_count_for_as_long_and_an_hour_at_least(int minutes, int needed)
    {
        var watch = new ClockWatch(_clock);
        _clock.Jump(TimeSpan.FromMinutes(minutes));
        Assert.Equal(new(TimeSpan.FromMinutes(minutes), TimeSpan.Zero, TimeSpan.FromMinutes(needed)), watch.Doubt());
        _clock.Advance(TimeSpan.FromMinutes(needed) - Second);
        Assert.Equal(Second, watch.Doubt()!.Left);
        _clock.Advance(Second);
        Assert.Null(watch.Doubt());
    }

    [Fact]
    public void Who_waits_for_longer_things_is_more_patient()
    {
        var watch = new ClockWatch(_clock) { Patience = 5 * Hour };
        _clock.Jump(Hour);
        Assert.Equal(5 * Hour, watch.Doubt()!.Needed);
    }

    [Fact]
    public void Each_further_jump_begins_the_wait_anew_and_is_held_against_what_was_believed_before()
    {
        var watch = new ClockWatch(_clock);
        _clock.Jump(3 * Hour);
        Assert.NotNull(watch.Doubt());
        _clock.Advance(2 * Hour);
        _clock.Jump(Hour);
        Assert.Equal((4 * Hour, TimeSpan.Zero), watch.Doubt() is var both ? (both!.Jump, both.Agreed) : default);
        _clock.Advance(4 * Hour);
        Assert.Null(watch.Doubt());

        _clock.Jump(2 * Hour); // the four are believed
        Assert.Equal(2 * Hour, watch.Doubt()!.Jump);
        _clock.Jump(-2 * Hour);
        Assert.Null(watch.Doubt());
        _clock.Jump(2 * Hour); // set right, and wrong again
        Assert.Equal(2 * Hour, watch.Doubt()!.Jump);
    }

    // Half of the way back is no proof of the other half.
    [Fact]
    public void A_jump_that_was_taken_back_in_part_is_doubted_for_the_rest()
    {
        var watch = new ClockWatch(_clock);
        _clock.Jump(10 * Hour);
        Assert.NotNull(watch.Doubt());
        _clock.Advance(5 * Hour);
        _clock.Jump(-4 * Hour);
        Assert.Equal(new(6 * Hour, TimeSpan.Zero, 6 * Hour), watch.Doubt());
    }

    [Fact]
    public void Who_accepts_what_is_believed_accepts_no_jump_that_is_in_doubt()
    {
        var watch = new ClockWatch(_clock);
        _clock.Jump(Hour);
        watch.AcceptBelieved();
        Assert.Equal(Hour, watch.Jump());
        _clock.Advance(Hour);
        Assert.Equal(Hour, watch.Jump()); // that is for whoever carries rotations on to say
        watch.AcceptBelieved();
        Assert.Null(watch.Jump());
    }

    [Fact]
    public void The_earliest_that_it_can_be_goes_on_as_the_machine_counts_and_never_runs_ahead_of_the_clock()
    {
        var watch = new ClockWatch(_clock);
        var began = _clock.GetUtcNow();
        _clock.Advance(Hour);
        Assert.Equal(began + Hour, watch.Earliest());
        _clock.Jump(TimeSpan.FromDays(365));
        Assert.Equal(began + Hour, watch.Earliest());
        _clock.Advance(TimeSpan.FromDays(800)); // no wait makes up for it
        Assert.Equal(began + Hour + TimeSpan.FromDays(800), watch.Earliest());
        _clock.Jump(TimeSpan.FromDays(-366));
        Assert.Equal(_clock.GetUtcNow(), watch.Earliest());
    }

    // A machine whose clock is only set once it is on the network.
    [Fact]
    public void A_clock_that_was_behind_the_newest_record_at_the_start_is_held_against_that()
    {
        var newest = _clock.GetUtcNow().AddYears(20);
        var watch = new ClockWatch(_clock, newest);
        Assert.True(watch.IsBehind);
        Assert.Equal(_clock.GetUtcNow(), watch.Earliest());
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Null(watch.Doubt());
        _clock.Jump(newest.AddMinutes(5) + (2 * Hour) - _clock.GetUtcNow()); // it was switched off for two hours
        Assert.Equal(2 * Hour, watch.Jump());
        Assert.Equal(2 * Hour, watch.Doubt()!.Jump);
        Assert.Equal(newest.AddMinutes(5), watch.Earliest());
        Assert.False(watch.IsBehind);

        // A record of before is none.
        Assert.Equal(_clock.GetUtcNow(), new ClockWatch(_clock, newest).Earliest());
    }

    // Nobody set it: it is as late as it says, as far as anybody can know, and the next jump is one.
    [Fact]
    public void A_clock_that_was_behind_and_passed_the_newest_record_by_itself_is_held_against_the_count_from_there_on()
    {
        var watch = new ClockWatch(_clock, _clock.GetUtcNow() + Hour);
        _clock.Advance(Hour - Second);
        Assert.True(watch.IsBehind);
        _clock.Advance(Hour + Second);
        Assert.False(watch.IsBehind);
        Assert.Null(watch.Jump());
        var before = _clock.GetUtcNow();
        _clock.Jump(TimeSpan.FromMinutes(59));
        Assert.Equal(TimeSpan.FromMinutes(59), watch.Jump());
        Assert.Equal(TimeSpan.FromMinutes(59), watch.Doubt()!.Jump);
        Assert.Equal(before, watch.Earliest());
    }
}
