using Google.Protobuf;
using MeshCA.Requesting;
using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using MeshCA.Rpc.Bundles;
using MeshCA.Wire.Identity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rpc.Bundles;

public sealed class RevocationMessagesTests
{
    private static readonly DateTimeOffset Now = StoreSamples.Now;

    [Fact]
    public void Where_nothing_is_revoked_one_message_says_so()
    {
        var state = Assert.Single(Messages([], [])).Revocations;

        Assert.Equal((0, 0, true, false), (state.Bans.Count, state.Lists.Count, state.ListsComplete, state.More));
    }

    [Fact]
    public void A_ban_is_told_with_its_end_and_without_reason_and_actor()
    {
        var ban = TestRevocations.Ban("spiffe://td/ns/shop", isPrefix: true, number: 7, until: Now.AddHours(1));
        var told = Assert.Single(Assert.Single(Messages([ban], [])).Revocations.Bans);

        Assert.Equal((7L, "spiffe://td/ns/shop", true, Now.AddHours(1)), (told.Number, told.SpiffeId, told.Prefix, told.ExpiresAt.ToDateTimeOffset()));
        Assert.DoesNotContain(ban.Reason, told.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(ban.Actor, told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bans_that_ended_and_revocations_that_lists_name_are_not_among_the_bans()
    {
        Revocation[] entries =
        [
            TestRevocations.Ban("spiffe://td/over", number: 1, until: Now),
            TestRevocations.Ban("spiffe://td/on", number: 2, until: Now.AddSeconds(1)),
            TestRevocations.Of(RevocationKind.Authority, "aa", number: 3),
        ];

        Assert.Equal(["spiffe://td/on"], Assert.Single(Messages(entries, [])).Revocations.Bans.Select(ban => ban.SpiffeId));
    }

    [Fact]
    public void A_state_of_any_size_comes_in_messages_that_clients_take_and_is_the_same_joined()
    {
        var entries = Enumerable.Range(1, 1_000)
            .Select(i => TestRevocations.Ban($"spiffe://td/{new string('x', 2_000)}/{i}", number: i))
            .ToArray();
        PublishedList[] lists = [List(40_000, 1), List(0, 2), List(40_000, 3)];
        var messages = Messages(entries, lists);
        var parts = new RevocationParts();
        var joined = messages.Select(message => parts.Add(message.Revocations)).ToList();

        Assert.All(messages, message => Assert.InRange(message.CalculateSize(), 1, RevocationMessages.MaxPart));
        Assert.InRange(messages.Count, 7, 15);
        Assert.All(joined.SkipLast(1), Assert.Null);
        Assert.Equal(entries.Select(entry => entry.Subject), joined[^1]!.Bans.Select(ban => ban.SpiffeId));
        Assert.Equal(lists.Select(list => list.Der.ToArray()), joined[^1]!.Lists.Select(list => list.Der.ToByteArray()));
        Assert.Equal(messages.Count, messages.Count(message => message.Revocations is { Revision: 1, ListsComplete: true }));
    }

    [Fact]
    public void What_comes_after_a_whole_state_begins_the_next()
    {
        var parts = new RevocationParts();
        Assert.NotNull(parts.Add(new() { Revision = 1, Bans = { new Ban { SpiffeId = "spiffe://td/a" } } }));
        Assert.Null(parts.Add(new() { Revision = 2, More = true, Bans = { new Ban { SpiffeId = "spiffe://td/b" } } }));
        var whole = parts.Add(new() { Revision = 2, Bans = { new Ban { SpiffeId = "spiffe://td/c" } } });

        Assert.Equal((2L, "spiffe://td/b,spiffe://td/c"), (whole!.Revision, string.Join(',', whole.Bans.Select(ban => ban.SpiffeId))));
    }

    [Fact]
    public void Who_has_no_room_for_bans_gets_none_is_told_and_gets_the_next_that_fit()
    {
        var parts = new RevocationParts(mostBans: 100);
        Assert.Null(parts.Add(new() { Revision = 1, More = true, ListsComplete = true, Bans = { new Ban { SpiffeId = $"spiffe://td/{new string('x', 200)}" } } }));
        var large = parts.Add(new() { Revision = 1, ListsComplete = true, Bans = { new Ban { SpiffeId = "spiffe://td/b" } } });
        Assert.Equal((false, true), (parts.HasAllBans, parts.HasAllLists));
        var small = parts.Add(new() { Revision = 2, ListsComplete = true, Bans = { new Ban { SpiffeId = "spiffe://td/c" } } });

        Assert.Equal((1L, 0, true), (large!.Revision, large.Bans.Count, large.ListsComplete));
        Assert.Equal((2L, 1, true, true), (small!.Revision, small.Bans.Count, small.ListsComplete, parts.HasAllBans));
    }

    // Nobody may be let off a ban because lists are long.
    [Fact]
    public void Who_has_no_room_for_lists_gets_every_ban()
    {
        var parts = new RevocationParts(mostLists: 100);
        Assert.Null(parts.Add(new() { Revision = 1, More = true, ListsComplete = true, Bans = { new Ban { SpiffeId = "spiffe://td/a" } } }));
        var whole = parts.Add(new() { Revision = 1, ListsComplete = true, Lists = { new RevocationList { Der = ByteString.CopyFrom(new byte[200]) } } });

        Assert.Equal((1, 0, false), (whole!.Bans.Count, whole.Lists.Count, whole.ListsComplete));
        Assert.Equal((true, false), (parts.HasAllBans, parts.HasAllLists));
    }

    private static IReadOnlyList<WatchResponse> Messages(Revocation[] entries, PublishedList[] lists) =>
        RevocationMessages.Of(TestRevocations.Snapshot(entries), lists, isComplete: true, Now);

    private static PublishedList List(int serials, int number)
    {
        using var authority = MeshAuthority.Root(Now);
        return SampleList.Of(authority, number, serials);
    }
}
