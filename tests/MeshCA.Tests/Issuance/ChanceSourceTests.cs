using MeshCA.Issuance;
using Xunit;

namespace MeshCA.Tests.Issuance;

public sealed class ChanceSourceTests
{
    [Fact]
    public void Chance_is_from_zero_to_below_one_and_reaches_every_part_of_it()
    {
        var rolls = Enumerable.Range(0, 2_000).Select(_ => ChanceSource.Random.Next()).ToList();
        Assert.All(rolls, roll => Assert.InRange(roll, 0, 0.999_999_999_9));

        // That one tenth is missed has a chance of 0.9 to the power of 2,000.
        Assert.Equal(10, rolls.Select(roll => (int)(roll * 10)).Distinct().Count());
    }
}
