using AuthzEngine.Evaluation;
using AuthzEngine.Requests;
using MeshCA.DecisionLog;
using MeshCA.Telemetry;
using MeshCA.Tests.Telemetry;
using Xunit;

namespace MeshCA.Tests.DecisionLog;

public sealed class DecisionQueueTests : IDisposable
{
    private readonly MetricsFixture _metrics = new();
    private readonly SampleDecisions _decisions = new();

    private static RequestAttributes Long => new() { Path = new string('a', 10_000) };

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public void What_finds_no_place_is_left_out_and_counted()
    {
        var queue = Queue(new(1, 1), length: 2);

        for (var i = 0; i < 5; i++)
        {
            queue.Record(_decisions.Decide(default));
        }

        Assert.Equal(3, queue.LeftOut);
        Assert.Equal(2, queue.Count);
        Assert.True(queue.TryTake(out var first));
        Assert.Equal("run-1", first.Outcome.Id);
        Assert.Contains("meshca_decision_log_dropped_total{cause=\"queue_full\"} 3", _metrics.Lines);
    }

    [Fact]
    public void Long_requests_find_no_place_before_the_records_are_too_many()
    {
        var size = RecordSize.Of(_decisions.Decide(Long));
        var queue = Queue(new(1, 1), length: 100, bytes: 2 * size);

        for (var i = 0; i < 5; i++)
        {
            queue.Record(_decisions.Decide(Long));
        }

        Assert.Equal((2, 3), (queue.Count, queue.LeftOut));
        Assert.Contains("meshca_decision_log_dropped_total{cause=\"queue_bytes\"} 3", _metrics.Lines);

        Assert.True(queue.TryTake(out _));
        queue.Record(_decisions.Decide(Long));
        queue.Record(_decisions.Decide(Long));
        Assert.Equal((2, 4), (queue.Count, queue.LeftOut));
    }

    [Fact]
    public void A_record_without_a_place_takes_none()
    {
        var size = RecordSize.Of(_decisions.Decide(Long));
        var queue = Queue(new(1, 1), length: 1, bytes: 2 * size);
        queue.Record(_decisions.Decide(Long));
        queue.Record(_decisions.Decide(Long));
        queue.Record(_decisions.Decide(Long));
        Assert.True(queue.TryTake(out _));

        queue.Record(_decisions.Decide(Long));

        Assert.Equal(1, queue.Count);
    }

    [Fact]
    public void What_sampling_leaves_out_takes_no_place_and_is_not_counted_as_lost()
    {
        var queue = Queue(new(Allows: 0, Denials: 1), length: 2);

        for (var i = 0; i < 5; i++)
        {
            queue.Record(_decisions.Decide(default)); // without a policy everything is allowed
        }

        Assert.Equal((0, 0), (queue.Count, queue.LeftOut));
        queue.Record(_decisions.Record(default, new Decision { Verdict = Verdict.Deny }));
        Assert.Equal(1, queue.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Recording_allocates_nothing(int sample)
    {
        var queue = Queue(new(sample, sample), length: 16);
        var record = _decisions.Decide(default);
        Turn();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Turn();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Turn()
        {
            for (var i = 0; i < 100; i++)
            {
                queue.Record(in record);
                queue.TryTake(out _);
            }
        }
    }

    private DecisionQueue Queue(DecisionSampling sampling, int length, long bytes = 1 << 20) =>
        new(sampling, new(length, bytes), new DecisionMetrics(_metrics.Factory));
}
