using MeshCA.Revocations;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Revocations;

public sealed class PrefixTreeTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(1);

    public static TheoryData<string, string, bool> Cases() => new()
    {
        { "spiffe://td/ns/a", "spiffe://td/ns/a", true },
        { "spiffe://td/ns/a", "spiffe://td/ns/a/sa/b", true },
        { "spiffe://td/ns/a", "spiffe://td/ns/ab", false },
        { "spiffe://td/ns/a", "spiffe://td/ns", false },
        { "spiffe://td/ns/a", "spiffe://td/ns/A/sa/b", false },
        { "spiffe://td/ns/a", "spiffe://td2/ns/a", false },
        { "spiffe://td/ns/a", "spiffe://td//ns/a", false },
        { "spiffe://td/ns/a", "td/ns/a", false },
        { "spiffe://td/ns/a", "", false },
        { "spiffe://td/ns/a", "spiffe://", false },
        { "spiffe://td", "spiffe://td", true },
        { "spiffe://td", "spiffe://td/x", true },
        { "spiffe://td", "spiffe://td.example/x", false },
    };

    [Theory, MemberData(nameof(Cases))]
    public void A_prefix_ends_at_a_segment(string prefix, string id, bool expected) =>
        Assert.Equal(expected, PrefixTree.Of([TestRevocations.Ban(prefix, isPrefix: true)]).Find(id, Now) is not null);

    [Fact]
    public void One_that_has_ended_hides_no_other()
    {
        var tree = PrefixTree.Of(
            [TestRevocations.Ban("spiffe://td/ns", isPrefix: true, 1, Now), TestRevocations.Ban("spiffe://td/ns/a", isPrefix: true, 2)]);
        Assert.Equal(2, tree.Find("spiffe://td/ns/a/sa/b", Now)?.Number);
        Assert.Equal(1, tree.Find("spiffe://td/ns/a/sa/b", Now.AddTicks(-1))?.Number);
        Assert.Null(tree.Find("spiffe://td/ns/b", Now));
    }

    [Fact]
    public void Finding_allocates_nothing()
    {
        var tree = PrefixTree.Of(Enumerable.Range(0, 1_000).Select(i => TestRevocations.Ban($"spiffe://td/ns/n{i}", isPrefix: true, i)));
        _ = tree.Find("spiffe://td/ns/n7/sa/b", Now);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            _ = tree.Find("spiffe://td/ns/n7/sa/b", Now);
            _ = tree.Find("spiffe://td/ns/other/sa/b", Now);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
