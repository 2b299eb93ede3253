using MeshCA.Consumers;
using MeshCA.Issuance;
using MeshCA.Leadership;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Leadership;

public sealed class CoveredFleetTests
{
    private static readonly TimeSpan LongestLife = TimeSpan.FromHours(24);
    private readonly ManualTimeProvider _clock = new();

    public static TheoryData<int?, bool> Ages() =>
    [
        new(null, false) { Label = "not taken over yet" },
        new(0, false) { Label = "just taken over from another journal" },
        new(23, false) { Label = "a leaf of the other journal may live" },
        new(24, true) { Label = "none can" },
        new(100_000, true) { Label = "always this journal" },
    ];

    [Theory]
    [MemberData(nameof(Ages))]
    public async Task The_inventory_is_complete_once_no_leaf_of_another_replicas_journal_can_live(int? hours, bool complete)
    {
        DateTimeOffset? since = hours is { } age ? _clock.GetUtcNow() - TimeSpan.FromHours(age) : null;
        var report = await new CoveredFleet(new EmptyFleet(_clock), () => since, LongestLife, _clock).MeasureAsync(1, TestContext.Current.CancellationToken);
        Assert.Equal(complete, report.IsComplete);
        Assert.Equal(complete ? null : since + LongestLife, report.CompleteAt);
    }

    [Fact]
    public async Task Of_two_times_that_are_not_covered_the_later_end_counts()
    {
        var now = _clock.GetUtcNow();
        var earlier = new CoveredFleet(new EmptyFleet(_clock), () => now.AddHours(-3), LongestLife, _clock);
        foreach (var (hours, end) in ((int, int)[])[(-1, 23), (-5, 21), (-90, 21)])
        {
            var report = await new CoveredFleet(earlier, () => now.AddHours(hours), LongestLife, _clock).MeasureAsync(1, TestContext.Current.CancellationToken);
            Assert.Equal((false, now.AddHours(end)), (report.IsComplete, report.CompleteAt));
        }
    }

    // In minutes: streams come back sooner than leaves end.
    [Theory]
    [InlineData(null, false)]
    [InlineData(0, false)]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public async Task Who_reports_is_known_once_streams_had_time_to_come_back(int? minutes, bool complete)
    {
        DateTimeOffset? since = minutes is { } age ? _clock.GetUtcNow() - TimeSpan.FromMinutes(age) : null;
        var fleet = new CoveredFleet(new EmptyFleet(_clock), () => since, LongestLife, _clock);
        Assert.Equal(complete, (await fleet.MeasureConsumersAsync(1, TestContext.Current.CancellationToken)).IsComplete);
    }

    private sealed class EmptyFleet(TimeProvider clock) : IFleetSource
    {
        public ValueTask<FleetReport> MeasureAsync(long targetSequence, CancellationToken cancellationToken) => ValueTask.FromResult(
            FleetReports.Of(
                targetSequence,
                clock.GetUtcNow(),
                [],
                new HolderInventory().Count(targetSequence, clock.GetUtcNow(), new HashSet<HolderKey>()),
                new Dictionary<long, IssuanceRecord>(),
                isComplete: true));

        public ValueTask<FleetReport> MeasureConsumersAsync(long targetSequence, CancellationToken cancellationToken) =>
            MeasureAsync(targetSequence, cancellationToken);
    }
}
