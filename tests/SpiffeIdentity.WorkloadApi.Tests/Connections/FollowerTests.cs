using SpiffeIdentity.WorkloadApi.Connections;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests.Connections;

public sealed class FollowerTests
{
    // By a fault of this library: whoever waits must not wait for ever, and whoever looks must see that nothing newer comes.
    [Fact]
    public async Task A_watch_that_breaks_is_told_to_who_waits_to_who_looks_and_to_the_log()
    {
        using var log = new RecordingLogger();
        await using var follower = new Follower<object>("things", _ => Broken(), new WorkloadApiOptions { LoggerFactory = log });
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => follower.WaitForFirstAsync(TestContext.Current.CancellationToken));

        Assert.Equal("broken", e.Message);
        Assert.Equal((WorkloadApiFailureReason.Other, "broken"), (follower.LastFailure?.Reason, follower.LastFailure?.Detail));
        Assert.Single(log.Entries, entry => entry.EventId == 703);
        Assert.Null(follower.Current);
    }

    private static async IAsyncEnumerable<WatchEvent<object>> Broken()
    {
        await Task.Yield();
        yield return new WatchEvent<object>.Failed(new WorkloadApiFailure(WorkloadApiFailureReason.Unavailable, "away"), TimeSpan.Zero);
        throw new InvalidOperationException("broken");
    }
}
