using MeshCA.Consumers;

namespace MeshCA.Leadership;

/// <summary>The fleet as this store's journal shows it; incomplete while leaves may live that it does not know: of another replica's journal, or of the time that a restore lost.</summary>
/// <param name="inner">Measures from this store's journal.</param>
/// <param name="coveredSince">Since when every leaf is in it; null: not known yet.</param>
/// <param name="longestLife">How long a leaf lives at most.</param>
/// <param name="clock">The time.</param>
internal sealed class CoveredFleet(IFleetSource inner, Func<DateTimeOffset?> coveredSince, TimeSpan longestLife, TimeProvider clock) : IFleetSource
{
    // Who reports comes back to another replica within its pauses between two tries, which are a minute or two at most.
    private static readonly TimeSpan Return = TimeSpan.FromMinutes(5);

    /// <inheritdoc />
    public async ValueTask<FleetReport> MeasureAsync(long targetSequence, CancellationToken cancellationToken) =>
        Covered(await inner.MeasureAsync(targetSequence, cancellationToken), longestLife);

    /// <inheritdoc />
    public async ValueTask<FleetReport> MeasureConsumersAsync(long targetSequence, CancellationToken cancellationToken) =>
        Covered(await inner.MeasureConsumersAsync(targetSequence, cancellationToken), Return);

    private FleetReport Covered(FleetReport report, TimeSpan time) => (coveredSince() + time) switch
    {
        null => report with { IsComplete = false },
        { } end when end <= clock.GetUtcNow() => report,
        { } end => report with { IsComplete = false, CompleteAt = report.CompleteAt is { } later && later > end ? later : end },
    };
}
