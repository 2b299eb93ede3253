using MeshCA.Issuance;
using Xunit;

namespace MeshCA.Tests.Issuance;

public sealed class SignatureSamplingTests
{
    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(0.01, 100)]
    [InlineData(0.1, 1_000)]
    [InlineData(0.5, 5_000)]
    [InlineData(1.0, 10_000)]
    public void The_share_is_kept_exactly_over_ten_thousand(double share, int expected)
    {
        var sampling = new SignatureSampling(share);
        Assert.Equal(expected, Enumerable.Range(0, 10_000).Count(_ => sampling.IsDue()));
    }
}
