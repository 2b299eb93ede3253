using MeshCA.Consumers;
using MeshCA.Issuance;
using MeshCA.Registration;
using TestSupport;
using Xunit;
using static MeshCA.Tests.Consumers.Fleet;

namespace MeshCA.Tests.Consumers;

public sealed class FleetReaderTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new(Now);
    private readonly MemoryStore _store = new();
    private readonly ConsumerRegistry _registry;
    private readonly ConsumerKeeper _keeper;
    private readonly FleetReader _fleet;

    public FleetReaderTests()
    {
        _registry = new(new(TimeSpan.FromHours(1), 1_000), _clock);
        _keeper = new(_registry, _store);
        _fleet = new(_store, _registry, _keeper, _clock);
    }

    [Fact]
    public async Task An_empty_mesh_has_nobody()
    {
        var report = await MeasureAsync(1);

        Assert.Equal((0, 0, 0, 0L, 0), (report.Consumers, report.Holders, report.HoldersUpdated, report.LiveLeaves, report.LaggardCount));
        Assert.True(report.IsComplete);
        Assert.Empty(report.ByAuthority);
    }

    [Fact]
    public async Task Holders_that_are_behind_are_named_as_the_journal_has_them()
    {
        _store.Journal.Add(Record(pod: "pod-1", bundle: 1, life: TimeSpan.FromMinutes(30)));
        _store.Journal.Add(Record(peer: "ipv6:[fe80::1]:99", bundle: 1));
        _store.Journal.Add(Record(pod: "pod-2", bundle: 2));

        var report = await MeasureAsync(2);
        Assert.Equal((3, 1, 2, 3L), (report.Holders, report.HoldersUpdated, report.LaggardCount, report.LiveLeaves));
        Assert.Equal(
            [
                new Laggard(Web, null, "ipv6:[fe80::1]", 1, Now.AddHours(1), LaggardKind.Holder),
                new Laggard(Web, "pod-1", "ipv4:10.0.0.1", 1, Now.AddMinutes(30), LaggardKind.Holder),
            ],
            report.Laggards);
    }

    // A JWT key came between: the newest bundle has the very roots that the target brought.
    [Fact]
    public async Task Who_says_that_it_lacks_the_newest_bundle_is_behind_whatever_number_is_left_to_it()
    {
        Assert.True(_registry.TryConnect(Stream(instance: "node", sequence: 6), out var session));
        session.Acknowledge(7);
        session.FallBehind(new ConsumerBehind(1, ["a proxy"]) { Sequence = 7 });
        var report = await MeasureAsync(6);
        Assert.Equal((1, 0, "1 behind it for 0 s, said 0 s ago: a proxy"), (report.Consumers, report.ConsumersUpdated, Assert.Single(report.Laggards).Reason));

        // One that says what is in use instead is taken at its word.
        session.FallBehind(new ConsumerBehind(1, ["a proxy"]) { Sequence = 7, InUse = 6 });
        Assert.Equal((1, 0), ((await MeasureAsync(6)).ConsumersUpdated, (await MeasureAsync(7)).ConsumersUpdated));

        session.Acknowledge(7);
        Assert.Equal(1, (await MeasureAsync(6)).ConsumersUpdated);
        session.Dispose();
    }

    // What a certificate came with says nothing of JWT keys.
    [Fact]
    public async Task Those_that_report_are_measured_alone_without_reading_the_journal()
    {
        _store.Journal.Add(Record(pod: "pod-1", bundle: 1));
        Assert.True(_registry.TryReport(Stream(instance: "late", sequence: 1)));
        Assert.True(_registry.TryReport(Stream(instance: "has it", sequence: 2)));
        var report = await _fleet.MeasureConsumersAsync(2, TestContext.Current.CancellationToken);
        Assert.Equal((2, 1, 0, 0L, 1), (report.Consumers, report.ConsumersUpdated, report.Holders, report.LiveLeaves, report.LaggardCount));
        Assert.True(report.IsComplete);
        Assert.Equal(0, _store.LeavesRead);
    }

    [Fact]
    public async Task Nobody_waits_for_pods_that_are_gone_however_many()
    {
        for (var i = 0; i < FleetReport.MaxLaggards + 5; i++)
        {
            _store.Journal.Add(Record(pod: $"gone-{i}", bundle: 1));
        }

        _store.Journal.Add(Record(pod: "lives", bundle: 1));
        _store.Journal.Add(Record(peer: "ipv4:10.0.0.2:1", bundle: 1));
        Assert.Equal(FleetReport.MaxLaggards + 7, (await MeasureAsync(2)).LaggardCount);

        using var fleet = new FleetReader(_store, _registry, _keeper, _clock, new GonePods());
        var report = await fleet.MeasureAsync(2, TestContext.Current.CancellationToken);
        Assert.Equal((2, 2, 0), (report.Holders, report.LaggardCount, report.HoldersUpdated));
        Assert.Equal(FleetReport.MaxLaggards + 7, report.LiveLeaves);
    }

    [Fact]
    public async Task Who_is_banned_holds_nobody_up_by_what_it_reports_or_does_not_and_its_leaves_count_until_they_end()
    {
        _store.Journal.Add(Record(pod: "pod-1", bundle: 1, life: TimeSpan.FromMinutes(30)));
        using var session = Connect(Stream(pod: "pod-1", sequence: 1));
        var revocations = new TestRevocations();
        using var fleet = new FleetReader(_store, _registry, _keeper, _clock, revocations: revocations);
        Assert.Equal((1, 0, 0, 1), Counts(await fleet.MeasureAsync(2, TestContext.Current.CancellationToken)));

        revocations.Set(TestRevocations.Ban(Web, until: Now.AddMinutes(50)));
        Assert.Equal((0, 0, 1, 1), Counts(await fleet.MeasureAsync(2, TestContext.Current.CancellationToken)));
        _clock.Advance(TimeSpan.FromMinutes(31));
        Assert.Equal((0, 0, 0, 0), Counts(await fleet.MeasureAsync(2, TestContext.Current.CancellationToken)));
        _clock.Advance(TimeSpan.FromMinutes(20)); // the ban has ended
        Assert.Equal((1, 0, 0, 1), Counts(await fleet.MeasureAsync(2, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task What_is_no_leaf_has_no_holder()
    {
        _store.Journal.Add(Record() with { Kind = CertificateKind.Serving, Subject = null });
        _store.Journal.Add(Record() with { Kind = CertificateKind.Intermediate, Subject = null });

        Assert.Equal(0, (await MeasureAsync(1)).Holders);
    }

    [Fact]
    public async Task A_live_reporter_is_judged_by_its_acknowledgement_alone()
    {
        _store.Journal.Add(Record(pod: "pod-1", bundle: 1));
        using var session = Connect(Stream(pod: "pod-1", sequence: 2));
        Assert.Equal((1, 1, 0, 0), Counts(await MeasureAsync(2)));

        session.Acknowledge(1);
        _store.Journal.Add(Record(pod: "pod-1", bundle: 2));
        Assert.Equal((1, 0, 0, 1), Counts(await MeasureAsync(2)));
    }

    [Fact]
    public async Task A_reporter_that_fell_silent_is_judged_by_its_leaves_again()
    {
        _store.Journal.Add(Record(pod: "pod-1", bundle: 1, life: TimeSpan.FromHours(5)));
        _registry.TryReport(Stream(pod: "pod-1", sequence: 2));
        Assert.Equal((1, 1, 0, 0), Counts(await MeasureAsync(2)));
        _clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal((0, 0, 1, 1), Counts(await MeasureAsync(2)));
    }

    [Fact]
    public async Task A_reporter_speaks_for_its_own_pod_and_for_no_other_of_its_identity()
    {
        _store.Journal.Add(Record(pod: "pod-1", bundle: 1));
        _store.Journal.Add(Record(pod: "pod-2", bundle: 1));
        _registry.TryReport(Stream(pod: "pod-1", sequence: 2));

        Assert.Equal((1, 1, 1, 1), Counts(await MeasureAsync(2)));
    }

    [Fact]
    public async Task Consumers_that_are_behind_come_before_holders_and_all_are_counted_beyond_those_named()
    {
        for (var i = 0; i < 60; i++)
        {
            _registry.TryReport(Stream(instance: $"i{i}", peer: $"ipv4:10.1.0.{i}", sequence: 1));
            _store.Journal.Add(Record(pod: $"pod-{i}", bundle: 1));
        }

        var report = await MeasureAsync(2);
        Assert.Equal(120, report.LaggardCount);
        Assert.Equal(FleetReport.MaxLaggards, report.Laggards.Count);
        Assert.All(report.Laggards.Take(60), laggard => Assert.Equal((LaggardKind.Consumer, null), (laggard.Kind, laggard.LeafExpiresAt)));
        Assert.All(report.Laggards.Skip(60), laggard => Assert.Equal(LaggardKind.Holder, laggard.Kind));
    }

    [Fact]
    public async Task Nothing_is_read_before_somebody_asks_and_each_row_once()
    {
        for (var i = 0; i < 50; i++)
        {
            _store.Journal.Add(Record(pod: $"pod-{i}"));
        }

        Assert.Equal(0, _store.LeavesRead);
        await MeasureAsync(1);
        Assert.Equal(50, _store.LeavesRead);
        _store.Journal.Add(Record(pod: "pod-50"));

        Assert.Equal(51, (await MeasureAsync(1)).Holders);
        Assert.Equal(51, _store.LeavesRead);
    }

    [Fact]
    public async Task What_is_too_old_to_be_alive_is_not_read()
    {
        _store.Journal.Add(Record(pod: "old", at: Now.AddDays(-93)));
        _store.Journal.Add(Record(pod: "new", at: Now.AddDays(-91), life: TimeSpan.FromDays(95)));

        Assert.Equal(1, (await MeasureAsync(1)).Holders);
        Assert.Equal(2, _store.FirstSequenceRead);
    }

    [Fact]
    public async Task A_long_journal_is_read_over_several_calls_that_say_so()
    {
        for (var i = 0; i < (2 * FleetReader.Span) + 1; i++)
        {
            _store.Journal.Add(Record(pod: "pod", life: TimeSpan.FromDays(1)));
        }

        _store.LeavesReading = () => _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.False((await MeasureAsync(1)).IsComplete);
        Assert.False((await MeasureAsync(1)).IsComplete);
        var report = await MeasureAsync(1);
        Assert.True(report.IsComplete);
        Assert.Equal((1, (2L * FleetReader.Span) + 1), (report.Holders, report.LiveLeaves));
    }

    [Fact]
    public async Task Who_was_taken_for_expired_by_a_clock_that_ran_ahead_is_there_again_when_it_is_set_back()
    {
        _store.Journal.Add(Record(pod: "pod-1", life: TimeSpan.FromHours(1)));
        await MeasureAsync(1);
        _clock.Set(Now.AddDays(2));
        Assert.Equal(0, (await MeasureAsync(1)).LiveLeaves);
        _clock.Set(Now.AddMinutes(1));
        var report = await MeasureAsync(1);
        Assert.Equal((1, 1L, true), (report.Holders, report.LiveLeaves, report.IsComplete));
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_is_no_empty_mesh()
    {
        _store.Fails = true;
        await Assert.ThrowsAsync<JournalUnavailableException>(() => MeasureAsync(1));
    }

    [Fact]
    public async Task Consumers_of_before_a_restart_are_counted()
    {
        await _store.SaveConsumersAsync(new([Stream(sequence: 1)], []), default);
        Assert.Equal((1, 0, 0, 1), Counts(await MeasureAsync(2)));
    }

    public void Dispose()
    {
        _fleet.Dispose();
        _keeper.Dispose();
    }

    private static (int Consumers, int Updated, int Holders, int Laggards) Counts(FleetReport report) =>
        (report.Consumers, report.ConsumersUpdated, report.Holders, report.LaggardCount);

    private Task<FleetReport> MeasureAsync(long target) => _fleet.MeasureAsync(target, default).AsTask();

    private ConsumerSession Connect(Consumer consumer)
    {
        Assert.True(_registry.TryConnect(consumer, out var session));
        return session;
    }

    private sealed class GonePods : IPodLiveness
    {
        public bool IsGone(string cluster, string podUid, DateTimeOffset seenAt) => podUid.StartsWith("gone", StringComparison.Ordinal);
    }
}
