using System.Collections.Frozen;
using MeshCA.Issuance;
using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using Xunit;

namespace MeshCA.Tests.Revocations;

public sealed class RevocationPlannerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Grace = TimeSpan.FromDays(7);

    [Fact]
    public void Numbers_are_never_given_twice()
    {
        var first = Planned(RevocationPlanner.Add(StoredRevocations.None, [Ban("spiffe://td/a")], Now));
        var removed = Planned(RevocationPlanner.Remove(first.Next, 1, isBan: true, "uid:0", "", Now));
        var second = Planned(RevocationPlanner.Add(removed.Next, [Ban("spiffe://td/a")], Now));
        Assert.Equal(2, Assert.Single(second.Next.Entries).Number);
        Assert.Equal(("ban.added", "ban.removed"), (Assert.Single(first.Audit).Action, Assert.Single(removed.Audit).Action));
        Assert.Equal("1: identity spiffe://td/a: stolen", first.Audit[0].Detail);
    }

    [Fact]
    public void The_same_is_not_banned_twice_unless_the_first_has_ended()
    {
        var stored = Planned(RevocationPlanner.Add(StoredRevocations.None, [Ban("spiffe://td/a") with { ExpiresAt = Now.AddHours(1) }], Now)).Next;
        Assert.Equal(RevocationRefusal.AlreadyRevoked, Refused(RevocationPlanner.Add(stored, [Ban("spiffe://td/a")], Now)));
        var again = Planned(RevocationPlanner.Add(stored, [Ban("spiffe://td/a")], Now.AddHours(1)));
        Assert.Equal(2, Assert.Single(again.Next.Entries).Number);
    }

    // A clock that jumped ahead: by it the ban is over, and it is not once the clock is set back.
    [Fact]
    public void A_ban_that_ended_by_the_present_alone_is_kept_and_gives_way_to_another_one_of_its_subject()
    {
        var stored = Planned(RevocationPlanner.Add(StoredRevocations.None, [Ban("spiffe://td/a") with { ExpiresAt = Now.AddDays(7) }], Now)).Next;
        var other = Planned(RevocationPlanner.Add(stored, [Ban("spiffe://td/b")], Now.AddDays(8), Now)).Next;
        Assert.Equal([1L, 2L], other.Entries.Select(entry => entry.Number));
        var again = Planned(RevocationPlanner.Add(other, [Ban("spiffe://td/a")], Now.AddDays(8), Now)).Next;
        Assert.Equal([2L, 3L], again.Entries.Select(entry => entry.Number));
        Assert.Equal(3, RevocationSnapshot.Compile(again, previous: null).FindBan("spiffe://td/a", Now)!.Number);
        Assert.Equal([2L, 3L], Planned(RevocationPlanner.Add(other, [Ban("spiffe://td/a")], Now.AddDays(8), Now.AddDays(7))).Next.Entries.Select(entry => entry.Number));
    }

    [Fact]
    public void An_identity_and_a_prefix_of_the_same_name_are_two()
    {
        var stored = Planned(RevocationPlanner.Add(StoredRevocations.None, [Ban("spiffe://td/a")], Now)).Next;
        Assert.Equal(2, Planned(RevocationPlanner.Add(stored, [new(RevocationKind.Prefix, "spiffe://td/a", "", "uid:0")], Now)).Next.Entries.Count);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(-1, true)]
    [InlineData(7, true)]
    [InlineData(1, false)] // a ban is no revocation
    public void What_is_not_there_cannot_be_removed(long number, bool isBan)
    {
        var stored = Planned(RevocationPlanner.Add(StoredRevocations.None, [Ban("spiffe://td/a")], Now)).Next;
        Assert.Equal(RevocationRefusal.NotFound, Refused(RevocationPlanner.Remove(stored, number, isBan, "uid:0", "", Now)));
    }

    [Fact]
    public void A_revocation_can_be_taken_back_until_a_list_names_it_and_the_certificates_of_a_key_with_it()
    {
        var key = Planned(RevocationPlanner.Add(StoredRevocations.None, [new(RevocationKind.Key, new('0', 64), "", "uid:0")], Now)).Next;
        var both = Planned(RevocationPlanner.Add(key, [Certificate(7) with { Cause = 1 }], Now)).Next;
        Assert.Empty(Planned(RevocationPlanner.Remove(both, 1, isBan: false, "uid:0", "", Now)).Next.Entries);

        var published = Planned(RevocationPlanner.Publish(both, new([List(5, 7)], []), Grace, Now, Now)).Next;
        Assert.Equal([0L, 5L], published.Entries.Select(entry => entry.PublishedIn));
        Assert.Equal(RevocationRefusal.AlreadyPublished, Refused(RevocationPlanner.Remove(published, 1, isBan: false, "uid:0", "", Now)));
        Assert.Equal(RevocationRefusal.AlreadyPublished, Refused(RevocationPlanner.Remove(published, 2, isBan: false, "uid:0", "", Now)));
    }

    [Fact]
    public void A_list_that_names_what_was_taken_back_is_not_published() => Assert.Equal(
        RevocationRefusal.NotFound, Refused(RevocationPlanner.Publish(StoredRevocations.None, new([List(1, 7)], []), Grace, Now, Now)));

    [Fact]
    public void A_list_takes_the_place_of_its_authoritys_last_and_numbers_only_grow()
    {
        var one = Planned(RevocationPlanner.Publish(StoredRevocations.None, new([List(1), List(2) with { Stored = new("bb", 2, default) }], []), Grace, Now, Now)).Next;
        var two = Planned(RevocationPlanner.Publish(one, new([List(3)], []) { Gone = ["bb"] }, Grace, Now, Now)).Next;
        Assert.Equal([("aa", 3L)], two.Lists.Select(list => (list.Authority, list.Number)));
        Assert.Equal(3, two.LastListNumber);
        Assert.Equal(3, Planned(RevocationPlanner.Publish(two, new([], []) { Gone = ["aa"] }, Grace, Now, Now)).Next.LastListNumber);
    }

    [Fact]
    public void A_certificate_leaves_the_lists_some_time_after_its_end_and_a_ban_that_has_ended_at_once()
    {
        var stored = Planned(RevocationPlanner.Add(
            StoredRevocations.None, [Certificate(7) with { NotAfter = Now }, Ban("spiffe://td/a") with { ExpiresAt = Now.AddDays(1) }], Now)).Next;
        Assert.Equal([7], Kept(Now + Grace));
        Assert.Empty(Kept(Now + Grace + TimeSpan.FromSeconds(1)));
        Assert.Equal([7, 0], Kept(Now)); // whatever the clock says

        IEnumerable<int> Kept(DateTimeOffset earliest) =>
            Planned(RevocationPlanner.Publish(stored, new([List(1)], []), Grace, Now.AddYears(100), earliest)).Next.Entries.Select(entry => (int)entry.Serial.Value);
    }

    [Fact]
    public void There_are_never_more_than_there_may_be()
    {
        var many = Enumerable.Range(0, RevocationPlanner.MaxEntries + 1).Select(i => Ban($"spiffe://td/w{i}")).ToList();
        Assert.Equal(RevocationRefusal.TooMany, Refused(RevocationPlanner.Add(StoredRevocations.None, many, Now)));
    }

    [Fact]
    public void A_long_reason_is_cut() => Assert.Equal(
        RevocationPlanner.MaxReason,
        Planned(RevocationPlanner.Add(StoredRevocations.None, [Ban("spiffe://td/a") with { Reason = new('x', 5_000) }], Now)).Subjects[0].Reason.Length);

    private static RevocationOrder Ban(string id) => new(RevocationKind.Identity, id, "stolen", "uid:0");

    private static RevocationOrder Certificate(int serial) =>
        new(RevocationKind.Certificate, $"{serial}", "", "uid:0") { Serial = new((UInt128)serial), Issuer = "aa" };

    private static SignedList List(long number, params int[] serials) => new(
        new("aa", number, default), Now.AddDays(1), serials.Select(serial => new SerialNumber((UInt128)serial)).ToFrozenSet());

    private static RevocationPlan.Planned Planned(RevocationPlan plan) => Assert.IsType<RevocationPlan.Planned>(plan);

    private static RevocationRefusal Refused(RevocationPlan plan) => Assert.IsType<RevocationPlan.Refused>(plan).Reason;
}
