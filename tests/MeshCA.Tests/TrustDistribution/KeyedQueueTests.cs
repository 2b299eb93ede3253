using System.Collections.Concurrent;
using MeshCA.TrustDistribution;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.TrustDistribution;

public sealed class KeyedQueueTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly KeyedQueue _queue;
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public KeyedQueueTests() => _queue = new(_clock);

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _queue.Dispose();
    }

    [Fact]
    public async Task A_key_is_worked_on_by_one_at_a_time_and_once_more_where_it_came_again()
    {
        var (entered, release, runs) = (new SemaphoreSlim(0), new SemaphoreSlim(0), 0);
        var all = _queue.RunAsync(
            4,
            async (_, _, token) =>
            {
                Interlocked.Increment(ref runs);
                entered.Release();
                await release.WaitAsync(token);
                return null;
            },
            _stop.Token);
        _queue.Add("a");
        await entered.WaitAsync(_stop.Token);
        _queue.Add("a");
        _queue.Add("a");
        Assert.Equal(1, runs);

        release.Release();
        await entered.WaitAsync(_stop.Token);
        Assert.Equal(2, runs);
        release.Release(10);
        Assert.False(all.IsFaulted);
    }

    [Fact]
    public async Task Keys_are_worked_on_at_once()
    {
        var together = new Barrier(3);
        _ = _queue.RunAsync(
            3,
            async (_, _, _) =>
            {
                await Task.Run(() => together.SignalAndWait(_stop.Token), _stop.Token);
                return null;
            },
            _stop.Token);
        _queue.Add("a");
        _queue.Add("b");
        _queue.Add("c");
        await WaitUntilEmptyAsync();
    }

    [Fact]
    public async Task A_pause_goes_on_although_the_key_comes_again()
    {
        var calls = new BlockingCollection<int>();
        _ = _queue.RunAsync(
            1,
            (_, failures, _) =>
            {
                calls.Add(failures, _stop.Token);
                return Task.FromResult<TimeSpan?>(failures < 2 ? TimeSpan.FromSeconds(5) : null);
            },
            _stop.Token);
        _queue.Add("a");
        Assert.Equal(0, calls.Take(_stop.Token));
        await WaitForTimerAsync();
        _queue.Add("a");
        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Empty(calls);

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, calls.Take(_stop.Token));
        await WaitForTimerAsync();
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(2, calls.Take(_stop.Token));
        await WaitUntilEmptyAsync();
    }

    [Fact]
    public async Task A_fault_at_one_key_ends_all_work_and_is_told()
    {
        var all = _queue.RunAsync(3, (key, _, _) => key == "bad" ? throw new InvalidOperationException(key) : Task.FromResult<TimeSpan?>(null), _stop.Token);
        _queue.Add("good");
        _queue.Add("bad");
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => all.WaitAsync(_stop.Token));
        Assert.Equal("bad", fault.Message);
    }

    private async Task WaitForTimerAsync()
    {
        while (_clock.TimerCount == 0)
        {
            await Task.Yield();
        }
    }

    private async Task WaitUntilEmptyAsync()
    {
        while (_queue.Count > 0)
        {
            _stop.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
