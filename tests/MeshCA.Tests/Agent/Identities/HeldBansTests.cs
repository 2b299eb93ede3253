using MeshCA.Agent.Identities;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Identities;

public sealed class HeldBansTests
{
    private static readonly DateTimeOffset Now = StoreSamples.Now;
    private static readonly SpiffeId Web = SpiffeId.Parse("spiffe://td/ns/shop/sa/web");

    [Fact]
    public void Without_word_of_the_ca_nobody_is_banned()
    {
        Assert.Null(HeldBans.None.Find(Web));
        Assert.Null(HeldBans.None.Revision);
        Assert.Null(HeldBans.None.NextEnd);
        Assert.False(HeldBans.None.HasEnds);
    }

    [Theory]
    [InlineData("spiffe://td/ns/shop/sa/web", false, true)]
    [InlineData("spiffe://td/ns/shop/sa/we", false, false)]
    [InlineData("spiffe://td/ns/shop", true, true)]
    [InlineData("spiffe://td/ns/sho", true, false)]
    [InlineData("spiffe://td", true, true)]
    [InlineData("spiffe://other", true, false)]
    public void An_identity_is_banned_by_its_name_or_by_whole_segments_above_it(string subject, bool isPrefix, bool expected) =>
        Assert.Equal(expected, HeldBans.Of(1, [TestRevocations.Ban(subject, isPrefix)], Now).Find(Web) is not null);

    [Fact]
    public void A_ban_ends_by_itself_and_the_others_stay()
    {
        var bans = HeldBans.Of(
            3,
            [
                TestRevocations.Ban($"{Web}", until: Now.AddMinutes(1)),
                TestRevocations.Ban("spiffe://td/b", number: 2, until: Now.AddMinutes(2)),
                TestRevocations.Ban("spiffe://td/c", number: 3),
                TestRevocations.Ban("spiffe://td/d", number: 4, until: Now),
            ],
            Now);
        Assert.Equal([1, 2, 3], bans.Entries.Select(ban => (int)ban.Number));
        Assert.Equal(Now.AddMinutes(1), bans.NextEnd);
        Assert.Same(bans, bans.At(Now.AddMinutes(1).AddTicks(-1)));

        var left = bans.At(Now.AddMinutes(1));
        Assert.Equal((3, 2, null), (left.Revision, left.Entries.Length, left.Find(Web)));
        Assert.Null(left.At(Now.AddMinutes(2)).NextEnd);
    }

    // A clock that jumped ahead, and is set back before another state comes.
    [Fact]
    public void A_ban_that_ended_by_a_clock_ahead_of_the_time_comes_back_with_it()
    {
        var bans = HeldBans.Of(
            3,
            [TestRevocations.Ban($"{Web}", until: Now.AddMinutes(1)), TestRevocations.Ban("spiffe://td/c", number: 3)],
            Now.AddDays(1));
        Assert.Null(bans.Find(Web));
        Assert.Equal((null, true), (bans.NextEnd, bans.HasEnds));
        Assert.Same(bans, bans.At(Now.AddMinutes(1)));
        var back = bans.At(Now);
        Assert.Equal((3, 1, Now.AddMinutes(1)), (back.Revision, back.Find(Web)!.Number, back.NextEnd));
        Assert.Same(back, back.At(Now));
        Assert.Null(back.At(Now.AddMinutes(1)).Find(Web));
    }

    [Fact]
    public void Of_two_bans_of_the_same_the_longer_one_holds()
    {
        var bans = HeldBans.Of(
            1, [TestRevocations.Ban($"{Web}", number: 1, until: Now.AddMinutes(1)), TestRevocations.Ban($"{Web}", number: 2)], Now);
        Assert.Equal(2, bans.Find(Web)!.Number);
        Assert.Equal(2, bans.At(Now.AddDays(1)).Find(Web)!.Number);
    }
}
