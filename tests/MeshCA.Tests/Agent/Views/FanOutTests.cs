using MeshCA.Agent.Registration;
using MeshCA.Agent.Sockets;
using MeshCA.Agent.Views;
using MeshCA.Issuance;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Views;

public sealed class FanOutTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(50, 0)]
    [InlineData(51, 51)]
    [InlineData(1_000, 1_000)]
    [InlineData(100_000, 2_000)]
    public void Many_streams_are_told_over_a_time_and_few_at_once(int streams, int milliseconds) =>
        Assert.Equal(milliseconds, FanOut.SpreadOf(streams).TotalMilliseconds);

    [Fact]
    public void Each_waits_for_its_own_share_of_the_time()
    {
        var (clock, quota) = (new ManualTimeProvider(), new ProcessQuota(1_000, 1_000, 1_000));
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(QuotaBound.None, quota.Enter(new(new WorkloadPeer(1, 0, 0))));
        }

        var turn = new FanOut(quota, new ChanceSource(() => 0.5), clock).WaitAsync(TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromMilliseconds(49));
        Assert.False(turn.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(turn.IsCompleted);
    }
}
