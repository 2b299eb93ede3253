using MeshCA.Consumers;

namespace MeshCA.Leadership;

/// <summary>The fleet as this replica's journal shows it; incomplete while leaves may live that another replica's journal alone knows.</summary>
/// <param name="inner">Measures from this replica's journal.</param>
/// <param name="coveredSince">Since when every leaf is in this replica's journal; null: not known yet.</param>
/// <param name="longestLife">How long a leaf lives at most.</param>
/// <param name="clock">The time.</param>
internal sealed class CoveredFleet(IFleetSource inner, Func<DateTimeOffset?> coveredSince, TimeSpan longestLife, TimeProvider clock) : IFleetSource
{
    // Who reports comes back to another replica within its pauses between two tries, which are a minute or two at most.
    private static readonly TimeSpan Return = TimeSpan.FromMinutes(5);

    /// <inheritdoc />
    public async ValueTask<FleetReport> MeasureAsync(long targetSequence, CancellationToken cancellationToken)
    {
        var report = await inner.MeasureAsync(targetSequence, cancellationToken);
        return IsCovered(longestLife) ? report : report with { IsComplete = false };
    }

    /// <inheritdoc />
    public async ValueTask<FleetReport> MeasureConsumersAsync(long targetSequence, CancellationToken cancellationToken)
    {
        var report = await inner.MeasureConsumersAsync(targetSequence, cancellationToken);
        return IsCovered(Return) ? report : report with { IsComplete = false };
    }

    private bool IsCovered(TimeSpan time) => coveredSince() is { } since && since + time <= clock.GetUtcNow();
}
