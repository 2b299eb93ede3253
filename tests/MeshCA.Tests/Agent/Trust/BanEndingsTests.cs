using MeshCA.Agent.Identities;
using MeshCA.Agent.Trust;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Trust;

public sealed class BanEndingsTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _clock = new(StoreSamples.Now);
    private readonly AgentStateStore _states = new();
    private readonly SampleIdentities _own = new();
    private readonly HeldIdentities _identities;
    private readonly BanEndings _endings;

    public BanEndingsTests()
    {
        _identities = new(_states, _own.Domain, _clock);
        _endings = new(_states, _identities, _clock);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _endings.StopAsync(CancellationToken.None);
        _endings.Dispose();
        _own.Dispose();
    }

    // Nothing is sent then, and the stream may be closed (trust_bundles.proto).
    [Fact]
    public async Task A_ban_ends_by_the_clock_and_whoever_waits_is_told()
    {
        await _endings.StartAsync(Token);
        _identities.Revoke(
            [],
            HeldBans.Of(
                1,
                [TestRevocations.Ban("spiffe://td/a", until: _clock.GetUtcNow().AddHours(3)), TestRevocations.Ban("spiffe://td/b", number: 2)],
                _clock.GetUtcNow()));
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _identities.BansChanged += () => told.TrySetResult();
        while (!told.Task.IsCompleted)
        {
            Assert.True(_states.Current.Bans.Entries.Length == 2 || _clock.GetUtcNow() >= StoreSamples.Now.AddHours(3));
            _clock.Advance(TimeSpan.FromMinutes(1));
            await Task.WhenAny(told.Task, Task.Delay(1, Token));
        }

        Assert.Equal(2, Assert.Single(_states.Current.Bans.Entries).Number);
    }

    [Fact]
    public async Task A_ban_that_a_clock_ahead_of_the_time_ended_is_in_force_again_when_it_is_set_back()
    {
        await _endings.StartAsync(Token);
        _identities.Revoke([], HeldBans.Of(1, [TestRevocations.Ban("spiffe://td/a", until: _clock.GetUtcNow().AddHours(3))], _clock.GetUtcNow()));
        _clock.Jump(TimeSpan.FromDays(1));
        await UntilAsync(() => _states.Current.Bans.Entries.IsEmpty);
        _clock.Jump(TimeSpan.FromDays(-1));
        await UntilAsync(() => _states.Current.Bans.Entries.Length == 1 || _clock.GetUtcNow() >= StoreSamples.Now.AddHours(3));
        Assert.Single(_states.Current.Bans.Entries);
    }

    private async Task UntilAsync(Func<bool> holds)
    {
        while (!holds())
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1, Token);
        }
    }
}
