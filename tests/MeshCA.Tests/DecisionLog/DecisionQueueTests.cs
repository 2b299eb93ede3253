using AuthzEngine.Evaluation;
using MeshCA.DecisionLog;
using MeshCA.Telemetry;
using MeshCA.Tests.Telemetry;
using Xunit;

namespace MeshCA.Tests.DecisionLog;

public sealed class DecisionQueueTests : IDisposable
{
    private readonly MetricsFixture _metrics = new();
    private readonly SampleDecisions _decisions = new();

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
        Assert.Equal(2, queue.Waiting.Count);
        Assert.True(queue.Waiting.TryRead(out var first));
        Assert.Equal("run-1", first.Outcome.Id);
        Assert.Contains("meshca_decision_log_dropped_total{cause=\"queue_full\"} 3", _metrics.Lines);
    }

    [Fact]
    public void What_sampling_leaves_out_takes_no_place_and_is_not_counted_as_lost()
    {
        var queue = Queue(new(Allows: 0, Denials: 1), length: 2);

        for (var i = 0; i < 5; i++)
        {
            queue.Record(_decisions.Decide(default)); // without a policy everything is allowed
        }

        Assert.Equal((0, 0), (queue.Waiting.Count, queue.LeftOut));
        queue.Record(_decisions.Record(default, new Decision { Verdict = Verdict.Deny }));
        Assert.Equal(1, queue.Waiting.Count);
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
                queue.Waiting.TryRead(out _);
            }
        }
    }

    private DecisionQueue Queue(DecisionSampling sampling, int length) => new(sampling, length, new DecisionMetrics(_metrics.Factory));
}
