using Xunit;

namespace KubernetesClient.Tests;

public sealed class BackoffTests
{
    [Fact]
    public void Waits_double_up_to_the_longest_and_are_half_chance()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        foreach (var bound in (int[])[1, 2, 4, 8, 16, 30, 30])
        {
            Assert.InRange(backoff.Next(null).TotalSeconds, bound / 2.0, bound);
        }

        backoff.Reset();
        Assert.InRange(backoff.Next(null).TotalSeconds, 0.5, 1);
    }

    [Fact]
    public void A_server_that_asks_for_more_gets_more()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        Assert.InRange(backoff.Next(TimeSpan.FromSeconds(60)).TotalSeconds, 60, 61);
    }

    [Fact]
    public void Failures_without_end_do_not_overflow()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        for (var i = 0; i < 2000; i++)
        {
            Assert.InRange(backoff.Next(null).TotalSeconds, 0.5, 30);
        }
    }
}
