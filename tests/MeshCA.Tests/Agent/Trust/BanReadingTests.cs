using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Agent.Trust;
using MeshCA.Revocations;
using MeshCA.Wire.Identity;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Trust;

public sealed class BanReadingTests
{
    private static readonly DateTimeOffset Now = StoreSamples.Now;

    [Fact]
    public void Bans_are_what_the_server_holds()
    {
        var bans = BanReading.Read(
            new()
            {
                Revision = 9,
                Bans =
                {
                    new Ban { Number = 3, SpiffeId = "spiffe://td/a", ExpiresAt = Timestamp.FromDateTimeOffset(Now.AddHours(1)) },
                    new Ban { Number = 4, SpiffeId = "spiffe://td", Prefix = true },
                },
            },
            Now,
            out var malformed);

        Assert.Equal((9, 0), (bans.Revision, malformed));
        Assert.Equal((3, Now.AddHours(1), RevocationKind.Identity), (bans.Entries[0].Number, bans.Entries[0].ExpiresAt, bans.Entries[0].Kind));
        Assert.Equal((4, null, "4: prefix spiffe://td"), (bans.Entries[1].Number, bans.Entries[1].ExpiresAt, bans.Entries[1].Describe()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("td/a")]
    [InlineData("spiffe://")]
    [InlineData("spiffe://td/a/")]
    [InlineData("spiffe://td/a\n")]
    public void What_names_no_identity_bans_nobody_and_spoils_nothing(string subject)
    {
        var bans = BanReading.Read(
            new() { Bans = { new Ban { SpiffeId = subject, Prefix = true }, new Ban { SpiffeId = "spiffe://td/a" } } }, Now, out var malformed);
        Assert.Equal((1, 1), (bans.Entries.Length, malformed));
        Assert.NotNull(bans.Find(SpiffeId.Parse("spiffe://td/a")));
    }

    // Fail closed: a ban whose end cannot be read has none.
    [Theory]
    [InlineData(long.MaxValue, 0)]
    [InlineData(0, -1)]
    [InlineData(0, int.MaxValue)]
    public void An_end_that_is_no_time_is_none(long seconds, int nanos)
    {
        var ban = new Ban { SpiffeId = "spiffe://td/a", ExpiresAt = new() { Seconds = seconds, Nanos = nanos } };
        Assert.Null(Assert.Single(BanReading.Read(new() { Bans = { ban } }, Now, out _).Entries).ExpiresAt);
    }

    [Fact]
    public void Whatever_a_state_says_nothing_throws() =>
        Prop.ForAll<NonNull<string>, bool, long>((subject, isPrefix, seconds) =>
        {
            var ban = new Ban { SpiffeId = subject.Get, Prefix = isPrefix, ExpiresAt = new() { Seconds = seconds } };
            var below = new Ban { SpiffeId = $"spiffe://td/{subject.Get}", Prefix = isPrefix };
            _ = BanReading.Read(new() { Bans = { ban, below, ban } }, Now, out _).Find(SpiffeId.Parse("spiffe://td/a"));
        }).QuickCheckThrowOnFailure();
}
