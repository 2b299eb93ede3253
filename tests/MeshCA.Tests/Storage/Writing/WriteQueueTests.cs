using MeshCA.Storage.Chaining;
using MeshCA.Storage.Retention;
using MeshCA.Storage.Writing;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Writing;

public sealed class WriteQueueTests
{
    private static AuditWrite Shared => new(Event(), isPosted: false);

    private static PruneWrite Alone => new(new(new(Chain.Journal, 1, 1), [], [], 1));

    [Fact]
    public void All_that_waits_shares_a_batch_up_to_the_most()
    {
        var queue = new WriteQueue(100);
        Enumerable.Range(0, 7).ToList().ForEach(_ => queue.TryAdd(Shared));
        Assert.Equal([5, 2], [Take(queue, 5).Count, Take(queue, 5).Count]);
    }

    [Fact]
    public void A_write_that_must_be_alone_is_and_the_order_stays()
    {
        var queue = new WriteQueue(100);
        foreach (var write in new StoreWrite[] { Shared, Shared, Alone, Alone, Shared })
        {
            queue.TryAdd(write);
        }

        Assert.Equal([2, 1, 1, 1], [Take(queue, 9).Count, Take(queue, 9).Count, Take(queue, 9).Count, Take(queue, 9).Count]);
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(4, 2)]
    public void No_more_waits_than_the_share_of_the_bound(int share, int taken)
    {
        var queue = new WriteQueue(8);
        Assert.All(Enumerable.Range(0, taken), _ => Assert.Equal(EnqueueOutcome.Added, queue.TryAdd(Shared, share)));
        Assert.Equal(EnqueueOutcome.Full, queue.TryAdd(Shared, share));
    }

    [Fact]
    public void A_full_queue_still_takes_the_last_write_and_then_no_more()
    {
        var queue = new WriteQueue(1);
        queue.TryAdd(Shared);
        Assert.True(queue.Close(new CheckpointWrite(CheckpointReason.Shutdown)));
        Assert.False(queue.Close(Shared));
        Assert.Equal(EnqueueOutcome.Closed, queue.TryAdd(Shared));
        Assert.Equal(2, Take(queue, 9).Count);
        Assert.False(queue.Take([], 9, 1, TimeSpan.Zero));
    }

    [Fact]
    public async Task A_batch_waits_for_the_company_it_hopes_for_and_goes_when_it_is_there()
    {
        var queue = new WriteQueue(100);
        queue.TryAdd(Shared);
        var taking = Task.Run(() => TakeHoping(queue, 3));
        queue.TryAdd(Shared);
        queue.TryAdd(Shared);
        Assert.Equal(3, (await taking).Count);
    }

    [Fact]
    public async Task A_queue_that_closes_lets_nobody_wait_for_company()
    {
        var queue = new WriteQueue(100);
        queue.TryAdd(Shared);
        var taking = Task.Run(() => TakeHoping(queue, 50));
        queue.Close(new CheckpointWrite(CheckpointReason.Shutdown));
        Assert.Equal(2, (await taking).Count);
    }

    private static List<StoreWrite> TakeHoping(WriteQueue queue, int hoped)
    {
        var batch = new List<StoreWrite>();
        Assert.True(queue.Take(batch, 100, hoped, TimeSpan.FromMinutes(10)));
        return batch;
    }

    private static List<StoreWrite> Take(WriteQueue queue, int max)
    {
        var batch = new List<StoreWrite>();
        Assert.True(queue.Take(batch, max, 1, TimeSpan.Zero));
        return batch;
    }
}
