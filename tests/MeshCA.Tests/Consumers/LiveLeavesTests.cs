using MeshCA.Consumers;
using Xunit;

namespace MeshCA.Tests.Consumers;

public sealed class LiveLeavesTests
{
    private static LeafFacts Leaf(long issuedAt, long notAfter) => new(1, default, "aa", issuedAt, notAfter, 1);

    [Fact]
    public void A_short_leaf_counts_up_to_the_last_second_of_its_validity_and_no_longer()
    {
        var leaves = new LiveLeaves();
        leaves.Add(Leaf(1_000, 1_010));

        Assert.Equal(new AuthorityLeaves(1, DateTimeOffset.FromUnixTimeSeconds(1_010)), leaves.Count(1_010));
        Assert.Null(leaves.Count(1_011));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(86_400)]
    public void The_last_leaf_is_gone_when_it_has_expired_whatever_its_lifetime(int lifetime)
    {
        var leaves = new LiveLeaves();
        leaves.Add(Leaf(1_000, 1_000 + lifetime));

        Assert.NotNull(leaves.Count(1_000 + lifetime));
        Assert.Null(leaves.Count(1_001 + lifetime));
    }

    [Fact]
    public void A_long_leaf_never_counts_too_short_and_a_minute_too_long_at_most()
    {
        var leaves = new LiveLeaves();
        leaves.Add(Leaf(0, 86_401));
        leaves.Add(Leaf(0, 200_000));

        Assert.Equal(2, leaves.Count(86_401)?.Live);
        Assert.Equal(1, leaves.Count(86_402 + 60)?.Live);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(200_000), leaves.Count(86_402 + 60)?.LastExpiry);
    }

    [Fact]
    public void Leaves_are_added_after_others_have_gone()
    {
        var leaves = new LiveLeaves();
        leaves.Add(Leaf(0, 10));
        Assert.Null(leaves.Count(100));
        leaves.Add(Leaf(100, 110));

        Assert.Equal(new AuthorityLeaves(1, DateTimeOffset.FromUnixTimeSeconds(110)), leaves.Count(105));
    }
}
