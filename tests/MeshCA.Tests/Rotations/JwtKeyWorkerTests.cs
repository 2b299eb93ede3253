using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Rotations;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rotations;

/// <summary>What the worker does at each interval, and what it tells.</summary>
public sealed class JwtKeyWorkerTests : IDisposable
{
    private const string Late = "spiffe://cluster.local/ns/shop/sa/late";
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryStore _store = new();
    private readonly RecordingLogger _log = new();
    private readonly ReportingFleet _fleet;
    private readonly AuthorityRotator _rotator;
    private bool _maySign = true;
    private int _asked;

    public JwtKeyWorkerTests()
    {
        _fleet = new(_clock);
        _rotator = new(_store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance)
        {
            JwtKeys = new JwtKeyKeeper(_store, MeshAuthority.JwtKeys),
        };
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _rotator.Dispose();

    [Fact]
    public async Task Who_lacks_the_key_is_named_each_hour_of_the_wait_and_when_it_signs_all_the_same()
    {
        await StartAsync();
        _fleet.Consumers[Late] = 0;
        _clock.Advance(MeshAuthority.JwtKeys.Lifetime - Interval);
        using var worker = Worker();
        await worker.StartAsync(Token);
        var due = _clock.GetUtcNow();
        await TickUntilAsync(() => Count(9304) > 0);
        await worker.StopAsync(Token);

        var hours = (int)(MeshAuthority.JwtKeys.Lifetime * JwtKeyPlanner.Patience).TotalHours;
        Assert.InRange(Count(9303), 2, hours + 1);
        Assert.All(_log.Entries.Where(entry => entry.EventId is 9303 or 9304), entry => Assert.Contains(Late, entry.Message, StringComparison.Ordinal));
        Assert.True(_clock.GetUtcNow() - due >= MeshAuthority.JwtKeys.Lifetime * JwtKeyPlanner.Patience);
        Assert.Equal(1, Count(9304));
    }

    [Fact]
    public async Task A_step_that_fails_is_taken_at_the_next_interval()
    {
        await StartAsync();
        _clock.Advance(MeshAuthority.JwtKeys.Lifetime);
        using var worker = Worker();
        _store.Fails = true;
        await worker.StartAsync(Token);
        await UntilLoggedAsync(9306);
        _store.Fails = false;
        await UntilLoggedAsync(9302);
        await worker.StopAsync(Token);
    }

    // The clock's jump is told each hour, and by whom the key is lacked is not: that is not why it waits.
    [Fact]
    public async Task That_the_clock_is_in_doubt_is_told_and_no_key_signs_until_it_is_believed()
    {
        await StartAsync();
        _fleet.Consumers[Late] = 0;
        using var worker = Worker();
        await worker.StartAsync(Token);
        _clock.Jump(MeshAuthority.JwtKeys.Lifetime * 2);
        await TickUntilAsync(() => Count(9500) >= 2);
        Assert.Equal(0, Count(9303));
        await TickUntilAsync(() => Count(9304) > 0);
        await worker.StopAsync(Token);
        Assert.All(_log.Entries.Where(entry => entry.EventId == 9500), entry => Assert.Contains("14.00:00:00", entry.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_replica_that_may_not_sign_changes_nothing()
    {
        await StartAsync();
        _clock.Advance(MeshAuthority.JwtKeys.Lifetime * 2);
        (_maySign, _store.Fails) = (false, true);
        using var worker = Worker();
        await worker.StartAsync(Token);
        for (var i = 0; i < 20; i++)
        {
            _clock.Advance(Interval);
            await Task.Yield();
        }

        await worker.StopAsync(Token);
        Assert.Empty(_log.Entries);
        Assert.Equal(0, _fleet.Measured);
    }

    private Task StartAsync() => _rotator.AdvanceAsync(Token);

    private int Count(int eventId) => _log.Entries.Count(entry => entry.EventId == eventId);

    // One interval after the other, each once the worker has come to it: on a busy machine too it sees all of them.
    private async Task TickUntilAsync(Func<bool> isSo)
    {
        while (_clock.TimerCount == 0)
        {
            await Task.Yield();
        }

        while (!isSo())
        {
            var asked = Volatile.Read(ref _asked);
            _clock.Advance(Interval);
            while (Volatile.Read(ref _asked) == asked)
            {
                await Task.Yield();
            }
        }
    }

    private async Task UntilLoggedAsync(int eventId)
    {
        while (Count(eventId) == 0)
        {
            _clock.Advance(Interval);
            await Task.Yield();
        }
    }

    private JwtKeyWorker Worker() => new(
        new JwtKeyCoordinator(_store, _rotator, _fleet, MeshAuthority.JwtKeys, _clock), Interval, _clock, new Logger<JwtKeyWorker>(_log))
    {
        MayStep = () =>
        {
            Interlocked.Increment(ref _asked);
            return _maySign;
        },
    };
}
