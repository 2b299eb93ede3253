using FsCheck;
using FsCheck.Fluent;
using SpiffeIdentity.Federation;
using Xunit;

namespace SpiffeIdentity.Tests.Federation;

/// <summary>Trust_Domain_and_Bundle §4.1.3, Federation §5.1: when a bundle is fetched again.</summary>
public sealed class RefreshPlanTests
{
    private static readonly RefreshLimits Limits = new(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));

    [Theory]
    [InlineData(null, 300)]
    [InlineData(0, 300)]
    [InlineData(59, 60)]
    [InlineData(60, 60)]
    [InlineData(61, 61)]
    [InlineData(3_599, 3_599)]
    [InlineData(3_600, 3_600)]
    [InlineData(3_601, 3_600)]
    [InlineData(int.MaxValue, 3_600)]
    public void S4_1_3_the_hint_is_followed_within_bounds_and_without_one_it_is_five_minutes(int? hint, int expected) =>
        Assert.Equal(expected, RefreshPlan.IntervalOf(hint is { } seconds ? TimeSpan.FromSeconds(seconds) : null, Limits).TotalSeconds);

    [Theory]
    [InlineData(0, 300)]
    [InlineData(0.5, 285)]
    public void After_a_success_the_next_fetch_is_at_the_hint_or_a_little_sooner(double chance, double expected) =>
        Assert.Equal(expected, RefreshPlan.AfterSuccess(TimeSpan.FromMinutes(5), chance).TotalSeconds, 6);

    [Theory]
    [InlineData(3_600, 0, 900)]
    [InlineData(3_600, 0.5, 855)]
    [InlineData(300, 0, 75)]
    [InlineData(240, 0.5, 60)]
    [InlineData(60, 0, 60)]
    public void After_a_failure_there_are_four_tries_in_an_interval_and_never_two_within_the_shortest(int interval, double chance, double expected) =>
        Assert.Equal(expected, RefreshPlan.AfterFailure(TimeSpan.FromSeconds(interval), Limits, chance).TotalSeconds, 6);

    [Theory]
    [InlineData(1_199, false)]
    [InlineData(1_200, false)]
    [InlineData(1_201, true)]
    public void Somebody_should_look_after_more_than_four_intervals_without_success(int seconds, bool expected) =>
        Assert.Equal(expected, RefreshPlan.IsOverdue(TimeSpan.FromSeconds(seconds), TimeSpan.FromMinutes(5)));

    [Fact]
    public void No_pause_is_longer_than_the_hint_allows_or_shorter_than_the_bound() =>
        Prop.ForAll<int, byte>((hint, tenths) =>
        {
            var interval = RefreshPlan.IntervalOf(TimeSpan.FromSeconds(hint), Limits);
            var chance = tenths / 256.0;
            var (success, failure) = (RefreshPlan.AfterSuccess(interval, chance), RefreshPlan.AfterFailure(interval, Limits, chance));
            return success <= interval && success >= interval * 0.9 && failure >= Limits.Shortest && failure <= interval;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(-0.01)]
    [InlineData(1)]
    public void A_chance_is_a_share(double chance) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RefreshPlan.AfterSuccess(TimeSpan.FromMinutes(5), chance));
}
