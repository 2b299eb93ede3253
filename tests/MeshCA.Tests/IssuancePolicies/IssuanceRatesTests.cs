using MeshCA.IssuancePolicies;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.IssuancePolicies;

public sealed class IssuanceRatesTests
{
    private static readonly IssuanceRule Rule = Policy.Of("[{name: r, grant: {rate: {certificates: 3, per: 30s}}}]").Rules.First();
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void An_identity_gets_its_burst_and_then_one_for_each_share_of_the_time()
    {
        var rates = new IssuanceRates(_clock);
        Assert.Equal([true, true, true, false], Take(rates, 4));
        _clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.Equal([false], Take(rates, 1));
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal([true, false], Take(rates, 2));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal([true, true, true, false], Take(rates, 4));
    }

    [Theory]
    [InlineData(-24)]
    [InlineData(24)]
    public void A_clock_that_is_set_neither_gives_an_allowance_nor_takes_one(int hours)
    {
        var rates = new IssuanceRates(_clock);
        Assert.Equal([true, true, true, false], Take(rates, 4));
        _clock.Jump(TimeSpan.FromHours(hours));
        Assert.Equal([false], Take(rates, 1));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([true, false], Take(rates, 2));
    }

    [Fact]
    public void Identities_and_rules_have_allowances_of_their_own()
    {
        var rates = new IssuanceRates(_clock);
        var other = Policy.Of("[{name: other, grant: {rate: {certificates: 1, per: 30s}}}]").Rules.First();
        Assert.Equal([true, true, true, false], Take(rates, 4));
        Assert.Equal([true], Take(rates, 1, "b"));
        Assert.True(rates.TryTake(other, Id("a")));
        Assert.False(rates.TryTake(other, Id("a")));
    }

    [Fact]
    public void A_rule_without_a_rate_keeps_nothing()
    {
        var rates = new IssuanceRates(_clock);
        Assert.True(rates.TryTake(Policy.Of("[{name: r}]").Rules.First(), Id("a")));
        Assert.Equal(0, rates.Count);
    }

    [Fact]
    public void Asking_takes_nothing()
    {
        var rates = new IssuanceRates(_clock);
        Assert.All(Enumerable.Range(0, 10), _ => Assert.True(rates.WouldTake(Rule, Id("a"))));
        Assert.Equal(0, rates.Count);
        Take(rates, 3);
        Assert.False(rates.WouldTake(Rule, Id("a")));
    }

    [Fact]
    public void No_more_identities_are_kept_than_there_is_room_for_and_what_cannot_be_counted_is_refused()
    {
        var rates = new IssuanceRates(_clock, capacity: 2);
        Assert.True(rates.TryTake(Rule, Id("a")));
        Assert.True(rates.TryTake(Rule, Id("b")));
        Assert.False(rates.TryTake(Rule, Id("c")));
        Assert.False(rates.WouldTake(Rule, Id("c")));
        Assert.True(rates.TryTake(Rule, Id("a")));
        Assert.Equal(2, rates.Count);
    }

    [Fact]
    public void Identities_at_rest_make_room()
    {
        var rates = new IssuanceRates(_clock, capacity: 2);
        Take(rates, 2);
        Assert.True(rates.TryTake(Rule, Id("b")));
        _clock.Advance(TimeSpan.FromSeconds(10));

        // b is whole again, a is not yet.
        Assert.True(rates.TryTake(Rule, Id("c")));
        Assert.Equal(2, rates.Count);
        Assert.False(rates.TryTake(Rule, Id("b")));
    }

    [Fact]
    public void A_policy_that_is_compiled_anew_gives_nobody_a_new_allowance()
    {
        var rates = new IssuanceRates(_clock);
        Take(rates, 3);
        Assert.False(rates.TryTake(Policy.Of("[{name: r, grant: {rate: {certificates: 3, per: 30s}}}]").Rules.First(), Id("a")));
    }

    private static bool[] Take(IssuanceRates rates, int count, string name = "a") =>
        [.. Enumerable.Range(0, count).Select(_ => rates.TryTake(Rule, Id(name)))];

    private static SpiffeId Id(string name) => SpiffeId.Parse($"spiffe://cluster.local/ns/shop/sa/{name}");
}
