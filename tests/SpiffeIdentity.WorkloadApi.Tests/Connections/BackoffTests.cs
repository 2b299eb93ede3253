using SpiffeIdentity.WorkloadApi.Connections;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests.Connections;

public sealed class BackoffTests
{
    [Fact]
    public void Waits_double_to_the_longest_and_half_of_each_is_chance()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        foreach (var bound in new[] { 1, 2, 4, 8, 10, 10, 10 })
        {
            Assert.InRange(backoff.Next(), TimeSpan.FromSeconds(bound / 2.0), TimeSpan.FromSeconds(bound));
        }

        backoff.Reset();
        Assert.InRange(backoff.Next(), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Workloads_do_not_return_as_one() => Assert.True(
        Enumerable.Range(0, 100).Select(_ => new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)).Next()).Distinct().Count() > 50);

    [Fact]
    public void Failures_without_end_do_not_overflow()
    {
        var backoff = new Backoff(TimeSpan.FromDays(1), TimeSpan.FromDays(2));
        for (var i = 0; i < 1000; i++)
        {
            Assert.InRange(backoff.Next(), TimeSpan.FromHours(12), TimeSpan.FromDays(2));
        }
    }
}
