using MeshCA.Consumers;
using MeshCA.Issuance;
using TestSupport;
using Xunit;
using static MeshCA.Tests.Consumers.Fleet;

namespace MeshCA.Tests.Consumers;

public sealed class ConsumerKeeperTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new(Now);
    private readonly MemoryStore _store = new();
    private readonly ConsumerRegistry _registry;
    private readonly ConsumerKeeper _keeper;

    public ConsumerKeeperTests()
    {
        _registry = new(new(TimeSpan.FromHours(1), 100), _clock);
        _keeper = new(_registry, _store);
    }

    [Fact]
    public async Task What_was_reported_is_there_after_a_restart_and_nobody_is_connected_then()
    {
        Assert.True(_registry.TryConnect(Stream(), out var session));
        session.Acknowledge(4);
        await _keeper.FlushAsync(default);

        var later = new ConsumerRegistry(new(TimeSpan.FromHours(1), 100), _clock);
        using var keeper = new ConsumerKeeper(later, _store);
        await keeper.LoadAsync(default);
        var kept = Assert.Single(later.Live());
        Assert.Equal((4, false), (kept.Sequence, kept.IsConnected));
        session.Dispose();
    }

    [Fact]
    public async Task Many_reports_are_one_write_and_none_is_none()
    {
        for (var i = 0; i < 20; i++)
        {
            _registry.TryReport(Stream(instance: $"i{i}"));
        }

        await _keeper.FlushAsync(default);
        await _keeper.FlushAsync(default);
        Assert.Equal(1, _store.ConsumerWrites);
    }

    [Fact]
    public async Task What_the_store_did_not_take_is_written_by_the_next_try()
    {
        _registry.TryReport(Stream());
        _store.Fails = true;
        await Assert.ThrowsAsync<JournalUnavailableException>(() => _keeper.FlushAsync(default));
        _store.Fails = false;
        await _keeper.FlushAsync(default);

        Assert.Single(await _store.LoadConsumersAsync(default));
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_is_read_by_the_next_try()
    {
        await _store.SaveConsumersAsync(new([Stream()], []), default);
        _store.Fails = true;
        await Assert.ThrowsAsync<JournalUnavailableException>(async () => await _keeper.LoadAsync(default));
        _store.Fails = false;
        await _keeper.LoadAsync(default);

        Assert.Single(_registry.Live());
    }

    public void Dispose() => _keeper.Dispose();
}
