using SpiffeIdentity.Svids;
using Xunit;

namespace SpiffeIdentity.Tests.Svids;

public sealed class GenerationCacheTests
{
    [Fact]
    public void No_more_is_kept_than_there_is_room_for()
    {
        var cache = new GenerationCache<int, string>(10);
        foreach (var i in Enumerable.Range(0, 1000))
        {
            cache.Set(i, $"{i}");
        }

        Assert.InRange(Enumerable.Range(0, 1000).Count(i => cache.TryGet(i, out _)), 1, 10);
    }

    [Fact]
    public void What_is_used_stays()
    {
        var cache = new GenerationCache<int, string>(10);
        cache.Set(-1, "used");
        foreach (var i in Enumerable.Range(0, 1000))
        {
            cache.Set(i, $"{i}");
            Assert.True(cache.TryGet(-1, out var value));
            Assert.Equal("used", value);
        }
    }

    [Fact]
    public void The_later_of_two_entries_counts()
    {
        var cache = new GenerationCache<int, string>(10);
        cache.Set(1, "a");
        cache.Set(1, "b");
        Assert.True(cache.TryGet(1, out var value));
        Assert.Equal("b", value);
        Assert.False(cache.TryGet(2, out _));
    }

    [Fact]
    public void Many_at_once_keep_to_the_limit()
    {
        var cache = new GenerationCache<int, string>(64);
        System.Threading.Tasks.Parallel.For(0, 20_000, i =>
        {
            cache.Set(i % 500, "x");
            cache.TryGet((i * 7) % 500, out _);
        });

        // Those who add while the generations turn may come a few too late to be counted.
        Assert.InRange(Enumerable.Range(0, 500).Count(i => cache.TryGet(i, out _)), 1, 64 + Environment.ProcessorCount);
    }
}
