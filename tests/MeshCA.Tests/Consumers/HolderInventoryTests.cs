using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using MeshCA.Consumers;
using Xunit;
using static MeshCA.Tests.Consumers.Fleet;

namespace MeshCA.Tests.Consumers;

public sealed class HolderInventoryTests
{
    private static readonly HashSet<HolderKey> NoReporters = [];
    private readonly HolderInventory _inventory = new();
    private long _sequence;

    [Fact]
    public void A_holder_is_judged_by_its_newest_leaf_alone()
    {
        Add(pod: "p", bundle: 1);
        Add(pod: "p", bundle: 2);
        Add(pod: "q", bundle: 1);

        var counts = Count(2);
        Assert.Equal((2, 1), (counts.Holders, counts.Updated));
        Assert.Equal(3, Assert.Single(counts.Behind).Leaf);
    }

    [Fact]
    public void A_newer_leaf_with_an_older_bundle_takes_a_holder_back()
    {
        Add(pod: "p", bundle: 2);
        Add(pod: "p", bundle: 1);

        Assert.Equal(0, Count(2).Updated);
    }

    [Fact]
    public void A_later_bundle_than_the_asked_one_is_as_good()
    {
        Add(bundle: 9);
        Assert.Equal(1, Count(2).Updated);
    }

    [Fact]
    public void A_holder_goes_when_its_last_leaf_has_expired()
    {
        Add(pod: "p", life: TimeSpan.FromHours(2));
        Add(pod: "p", at: Now.AddMinutes(1), life: TimeSpan.FromMinutes(10));

        Assert.Equal(1, Count(1, Now.AddHours(2)).Holders);
        Assert.Equal(0, Count(1, Now.AddHours(2).AddSeconds(1)).Holders);
    }

    [Fact]
    public void One_that_went_comes_back_with_its_next_leaf()
    {
        Add(life: TimeSpan.FromSeconds(10));
        Assert.Equal(0, Count(1, Now.AddMinutes(1)).Holders);
        Add(at: Now.AddMinutes(1));

        Assert.Equal(1, Count(1, Now.AddMinutes(2)).Holders);
    }

    [Theory]
    [InlineData(79, 0)]
    [InlineData(81, 1)]
    public void A_holder_is_overdue_past_four_fifths_of_its_newest_leaf(int seconds, int overdue)
    {
        Add(life: TimeSpan.FromSeconds(99)); // 100 seconds, the last one inclusive
        Assert.Equal(overdue, Count(1, Now.AddSeconds(seconds)).Overdue);
    }

    [Fact]
    public void A_renewed_holder_is_not_overdue()
    {
        Add(life: TimeSpan.FromSeconds(99));
        Add(at: Now.AddSeconds(80), life: TimeSpan.FromSeconds(99));

        Assert.Equal(0, Count(1, Now.AddSeconds(90)).Overdue);
    }

    [Fact]
    public void Who_reports_is_no_holder_but_its_leaves_count_for_their_authority()
    {
        Add(pod: "p", bundle: 1);
        Add(pod: "q", bundle: 1, authority: "bb");

        var counts = _inventory.Count(2, Now, new HashSet<HolderKey> { HolderKey.Of(Web, "p", "ipv4:1.1.1.1") });
        Assert.Equal((1, 0), (counts.Holders, counts.Updated));
        Assert.Equal(2, Assert.Single(counts.Behind).Leaf);
        Assert.Equal(["aa", "bb"], counts.ByAuthority.Keys.Order());
    }

    [Fact]
    public void Superseded_leaves_count_for_their_authority_until_they_expire()
    {
        Add(pod: "p", authority: "old", life: TimeSpan.FromSeconds(100));
        Add(pod: "p", authority: "old", life: TimeSpan.FromSeconds(200));
        Add(pod: "p", authority: "new", life: TimeSpan.FromSeconds(300));

        Assert.Equal(new AuthorityLeaves(2, Now.AddSeconds(200)), Count(1).ByAuthority["old"]);
        Assert.Equal(new AuthorityLeaves(1, Now.AddSeconds(200)), Count(1, Now.AddSeconds(101)).ByAuthority["old"]);
        Assert.Equal(["new"], Count(1, Now.AddSeconds(201)).ByAuthority.Keys);
    }

    [Fact]
    public void Of_many_behind_those_that_expire_last_are_named_the_latest_first()
    {
        for (var i = 0; i < 250; i++)
        {
            // Neither in order nor in reverse.
            Add(pod: $"p{i}", bundle: 1, life: TimeSpan.FromMinutes(1 + (i * 37 % 250)));
        }

        var counts = Count(2);
        Assert.Equal(250, counts.Holders - counts.Updated);
        Assert.Equal(FleetReport.MaxLaggards, counts.Behind.Count);
        Assert.Equal(
            Enumerable.Range(0, FleetReport.MaxLaggards).Select(i => Now.AddMinutes(250 - i)), counts.Behind.Select(holder => holder.NotAfter));
    }

    [Fact]
    public void What_somebody_wrote_into_the_journal_is_no_fault()
    {
        _inventory.Add(new(1, default, "aa", long.MinValue, long.MaxValue, long.MinValue));
        _inventory.Add(new(2, new(1), "aa", long.MaxValue, long.MinValue, long.MaxValue));

        Assert.Equal(1, Count(2).Holders);
    }

    [Fact]
    public void However_leaves_and_expiry_interleave_the_counts_are_those_of_a_recount() =>
        Prop.ForAll(
            Gen.ArrayOf(Gen.Choose(0, 200)).ToArbitrary(),
            steps =>
            {
                // Each number is a leaf: pod, bundle and lifetime come from its digits, and a second passes between two.
                var inventory = new HolderInventory();
                var facts = steps.Select((step, i) => Facts(i + 1, Record(
                    pod: (step % 5).ToString(CultureInfo.InvariantCulture),
                    bundle: step % 3,
                    at: Now.AddSeconds(i),
                    life: TimeSpan.FromSeconds(step % 17),
                    authority: (step % 2).ToString(CultureInfo.InvariantCulture)))).ToList();
                var last = default(HolderCounts);
                for (var i = 0; i < facts.Count; i++)
                {
                    inventory.Add(facts[i]);
                    last = inventory.Count(2, Now.AddSeconds(i), NoReporters);
                }

                if (last is null)
                {
                    return true;
                }

                var now = Now.AddSeconds(facts.Count - 1).ToUnixTimeSeconds();
                var alive = facts.Where(leaf => leaf.NotAfter >= now).ToList();
                var holders = facts.GroupBy(leaf => leaf.Holder).Where(leaves => leaves.Any(leaf => leaf.NotAfter >= now)).ToList();
                return last.ByAuthority.Values.Sum(leaves => leaves.Live) == alive.Count
                    && last.Holders == holders.Count
                    && last.ByAuthority.All(pair =>
                        pair.Value.LastExpiry.ToUnixTimeSeconds() == alive.Where(leaf => leaf.Authority == pair.Key).Max(leaf => leaf.NotAfter));
            }).QuickCheckThrowOnFailure();

    private void Add(
        string? pod = null, long bundle = 1, DateTimeOffset? at = null, TimeSpan? life = null, string authority = "aa") =>
        _inventory.Add(Facts(++_sequence, Record(pod: pod, bundle: bundle, at: at, life: life, authority: authority)));

    private HolderCounts Count(long target, DateTimeOffset? now = null) => _inventory.Count(target, now ?? Now, NoReporters);
}
