using FsCheck;
using FsCheck.Fluent;
using MeshCA.Agent.Identities;
using Xunit;

namespace MeshCA.Tests.Agent.Identities;

public sealed class RenewalPlanTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly RenewalSettings Settings =
        new(0.5, 0.1, TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(1));

    [Theory]
    [InlineData(0.0, 12.0)]
    [InlineData(0.5, 10.8)]
    [InlineData(1.0, 9.6)]
    public void A_day_is_renewed_before_noon_earlier_by_chance(double chance, double hours) =>
        Assert.Equal(Now.AddHours(hours), RenewalPlan.Due(Now, Now.AddHours(24), Settings, chance), TimeSpan.FromSeconds(1));

    [Fact]
    public void No_renewal_is_planned_after_half_life_or_before_the_svid_came() =>
        Prop.ForAll<int, byte>((seconds, part) =>
        {
            var life = TimeSpan.FromSeconds(Math.Abs((long)seconds));
            var due = RenewalPlan.Due(Now, Now + life, Settings, part / 256.0);
            return due >= Now && due <= Now + (life / 2);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_svid_that_ended_before_it_came_is_due_at_once() =>
        Assert.Equal(Now, RenewalPlan.Due(Now, Now.AddHours(-1), Settings, 0.3));

    [Theory]
    [InlineData(0, 0.0, 0)]
    [InlineData(0, 0.9, 4.5)]
    [InlineData(90, 0.0, 2.5)]
    [InlineData(180, 0.0, 5)]
    [InlineData(180, 0.9, 9.5)]
    [InlineData(300, 0.0, 5)]
    [InlineData(-1, 0.0, 0)]
    public void What_cannot_wait_is_spread_the_newest_svids_first(int minutesOld, double chance, double seconds) =>
        Assert.Equal(
            Now.AddSeconds(seconds),
            RenewalPlan.Early(Now, Now.AddHours(3), Now.AddMinutes(-minutesOld), Now.AddMinutes(360 - minutesOld), Settings, chance),
            TimeSpan.FromMilliseconds(1));

    [Fact]
    public void Of_two_svids_the_one_that_just_came_is_renewed_before_the_one_that_is_due_soon_whatever_chance_says() =>
        Prop.ForAll<byte, byte>((one, other) =>
            RenewalPlan.Early(Now, Now.AddDays(1), Now, Now.AddHours(24), Settings, one / 256.0)
            <= RenewalPlan.Early(Now, Now.AddDays(1), Now.AddHours(-12), Now.AddHours(12), Settings, other / 256.0)).QuickCheckThrowOnFailure();

    [Fact]
    public void The_spread_never_reaches_the_end_nor_puts_a_renewal_off()
    {
        Assert.Equal(Now.AddSeconds(1.5), RenewalPlan.Early(Now, Now.AddHours(1), Now.AddDays(-1), Now.AddSeconds(4), Settings, 0.5));
        Assert.Equal(Now.AddSeconds(2), RenewalPlan.Early(Now, Now.AddSeconds(2), Now.AddHours(-4), Now.AddHours(4), Settings, 0.9));
        Assert.Equal(Now, RenewalPlan.Early(Now, Now.AddHours(1), Now.AddHours(-1), Now.AddSeconds(-1), Settings, 0.9));
    }

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(8, 60)]
    [InlineData(int.MaxValue, 60)]
    public void Waits_double_up_to_the_longest_and_half_of_each_is_chance(int failures, double most)
    {
        Assert.Equal(TimeSpan.FromSeconds(most / 2), RenewalPlan.Retry(failures, null, null, Settings, 0));
        Assert.Equal(TimeSpan.FromSeconds(most), RenewalPlan.Retry(failures, null, null, Settings, 1));
    }

    [Theory]
    [InlineData(80, 10)]
    [InlineData(1, 0.5)]
    [InlineData(-5, 60)]
    public void Near_the_end_of_an_svid_waits_are_shorter_but_never_shorter_than_the_first(int left, double most) =>
        Assert.Equal(TimeSpan.FromSeconds(most), RenewalPlan.Retry(20, null, TimeSpan.FromSeconds(left), Settings, 1));

    [Fact]
    public void What_the_ca_asks_for_counts_for_more_than_all_else_within_bounds()
    {
        Assert.Equal(TimeSpan.FromSeconds(40.5), RenewalPlan.Retry(1, TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(3), Settings, 1) + TimeSpan.FromSeconds(0.25));
        Assert.Equal(RenewalPlan.LongestAsked, RenewalPlan.Retry(1, TimeSpan.FromDays(30), null, Settings, 0) - TimeSpan.FromSeconds(0.125));
        Assert.Equal(TimeSpan.FromSeconds(60), RenewalPlan.Retry(20, TimeSpan.FromSeconds(1), null, Settings, 1));
    }
}
