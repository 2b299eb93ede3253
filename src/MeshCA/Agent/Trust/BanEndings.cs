using MeshCA.Agent.Identities;
using Microsoft.Extensions.Hosting;

namespace MeshCA.Agent.Trust;

/// <summary>Takes bans out that end by themselves: the CA sends nothing then, and its stream may be closed. Where the clock is set back they come back.</summary>
internal sealed class BanEndings(IAgentStates states, HeldIdentities identities, TimeProvider clock) : BackgroundService
{
    // Timers notice no clock that is set.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var state = states.Current;
            if (!ReferenceEquals(state.Bans.At(clock.GetUtcNow()), state.Bans))
            {
                identities.EndBans();
                continue;
            }

            await WaitAsync(state, stoppingToken);
        }
    }

    private async Task WaitAsync(AgentState state, CancellationToken stoppingToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var left = state.Bans.NextEnd is { } end ? end - clock.GetUtcNow() : LongestWait;
        var wait = !state.Bans.HasEnds ? Timeout.InfiniteTimeSpan : left < TimeSpan.Zero ? TimeSpan.Zero : left < LongestWait ? left : LongestWait;
        await Task.WhenAny(states.NewerThanAsync(state.Revision, over.Token), Task.Delay(wait, clock, over.Token));
        await over.CancelAsync();
        stoppingToken.ThrowIfCancellationRequested();
    }
}
