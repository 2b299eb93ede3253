using MeshCA.Agent.Sockets;
using MeshCA.Issuance;

namespace MeshCA.Agent.Views;

/// <summary>Spreads what all streams are told at once, so that a new bundle does not start a thousand handshakes in one instant.</summary>
/// <param name="quota">Knows how many streams are open.</param>
/// <param name="chance">Chooses within the time.</param>
/// <param name="clock">The clock.</param>
internal sealed class FanOut(ProcessQuota quota, ChanceSource chance, TimeProvider clock)
{
    private const int Few = 50;
    private static readonly TimeSpan PerStream = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary>Over which time so many streams are told.</summary>
    public static TimeSpan SpreadOf(int streams) =>
        streams <= Few ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(streams * PerStream.Ticks, Longest.Ticks));

    /// <summary>Waits for a stream's turn.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => SpreadOf(quota.Open) is { Ticks: > 0 } spread
        ? Task.Delay(spread * chance.Next(), clock, cancellationToken)
        : Task.CompletedTask;
}
