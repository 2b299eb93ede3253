using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using MeshCA.DecisionLog;
using MeshCA.Telemetry;
using MeshCA.Tests.Telemetry;
using Microsoft.Extensions.Logging;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.DecisionLog;

public sealed class DecisionLogWorkerTests : IDisposable
{
    private readonly MetricsFixture _metrics = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingLogger _log = new();
    private readonly SampleDecisions _decisions = new();
    private readonly RecordingOutput _output = new();
    private readonly DecisionQueue _queue;
    private readonly DecisionLogWorker _worker;

    public DecisionLogWorkerTests()
    {
        var metrics = new DecisionMetrics(_metrics.Factory);
        _queue = new DecisionQueue(new(1, 1), new(4, 1 << 20), metrics);
        _worker = new DecisionLogWorker(
            _queue,
            new DecisionRecordFormat(SampleDecisions.Settings),
            [_output],
            TimeSpan.FromSeconds(1),
            metrics,
            _clock,
            new Logger<DecisionLogWorker>(_log));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _worker.Dispose();
        _metrics.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Records_are_written_in_order_and_flushed()
    {
        Record(3);
        await _worker.StartAsync(Cancellation);

        Assert.Equal(["run-1", "run-2", "run-3"], await _output.Flushed.ReadAsync(Cancellation));
        await _worker.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Between_two_writes_there_is_an_interval()
    {
        Record(1);
        await _worker.StartAsync(Cancellation);
        Assert.Equal(["run-1"], await _output.Flushed.ReadAsync(Cancellation));
        while (_clock.TimerCount == 0)
        {
            await Task.Yield();
        }

        Record(2);
        Assert.Equal(2, _queue.Count);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["run-2", "run-3"], await _output.Flushed.ReadAsync(Cancellation));
        await _worker.StopAsync(Cancellation);
    }

    [Fact]
    public async Task What_still_waits_at_the_end_is_written()
    {
        Record(1);
        await _worker.StartAsync(Cancellation);
        await _output.Flushed.ReadAsync(Cancellation);
        Record(2);
        await _worker.StopAsync(Cancellation);

        Assert.Equal(["run-2", "run-3"], await _output.Flushed.ReadAsync(Cancellation));
    }

    [Fact]
    public async Task Records_without_a_place_are_told_of_once_a_minute()
    {
        await _worker.StartAsync(Cancellation);
        Record(4);
        await FlushAsync();
        Assert.Empty(_log.Entries);

        Record(6);
        await FlushAsync();
        Record(5);
        await FlushAsync();
        Assert.Equal(["2"], LeftOut());

        _clock.Advance(TimeSpan.FromMinutes(1));
        Record(5);
        await FlushAsync();
        Assert.Equal(["2", "2"], LeftOut());
        await _worker.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_record_that_cannot_be_made_costs_no_other()
    {
        _output.FailsOn = "run-1";
        Record(2);
        await _worker.StartAsync(Cancellation);

        Assert.Equal(["run-2"], await _output.Flushed.ReadAsync(Cancellation));
        Assert.Equal(8154, Assert.Single(_log.Entries).EventId);
        Assert.Contains("meshca_decision_log_dropped_total{cause=\"fault\"} 1", _metrics.Lines);
        await _worker.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_fault_of_an_output_ends_nothing()
    {
        _output.FailsOnFlush = true;
        Record(1);
        await _worker.StartAsync(Cancellation);
        while (_log.Entries.Count == 0 && _worker.ExecuteTask is { IsCompleted: false })
        {
            await Task.Yield();
        }

        Assert.Equal(8154, Assert.Single(_log.Entries).EventId);
        _output.FailsOnFlush = false;
        Record(1);
        await FlushAsync();
        await _worker.StopAsync(Cancellation);
    }

    [Fact]
    public void Outputs_end_with_the_worker()
    {
        _worker.Dispose();

        Assert.True(_output.IsDisposed);
    }

    private void Record(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _queue.Record(_decisions.Decide(default));
        }
    }

    // Until the worker has written and waits again, however often it looks meanwhile.
    private async Task FlushAsync()
    {
        while (_queue.Count > 0)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await _output.Flushed.ReadAsync(Cancellation);
        while (_clock.TimerCount == 0)
        {
            await Task.Yield();
        }
    }

    private IEnumerable<string?> LeftOut() =>
        _log.Entries.Where(entry => entry.EventId == 8153).Select(entry => entry.Values["LeftOut"]);

    private sealed class RecordingOutput : IDecisionOutput
    {
        private readonly Channel<IReadOnlyList<string?>> _flushed = Channel.CreateUnbounded<IReadOnlyList<string?>>();
        private List<string?> _ids = [];

        public ChannelReader<IReadOnlyList<string?>> Flushed => _flushed.Reader;

        public string? FailsOn { get; set; }

        public bool FailsOnFlush { get; set; }

        public bool IsDisposed { get; private set; }

        public void Add(ReadOnlySpan<byte> line)
        {
            using var json = JsonDocument.Parse(Encoding.UTF8.GetString(line));
            var id = json.RootElement.GetProperty("decision_id").GetString();
            if (id == FailsOn)
            {
                throw new InvalidOperationException("the test wants it");
            }

            _ids.Add(id);
        }

        public void Flush()
        {
            if (FailsOnFlush)
            {
                throw new NotSupportedException("the test wants it");
            }

            if (_ids.Count > 0)
            {
                _flushed.Writer.TryWrite(_ids);
                _ids = [];
            }
        }

        public void Dispose() => IsDisposed = true;
    }
}
