using System.Diagnostics.Metrics;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MeshCA.Tests.Telemetry;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly MetricsFixture _metrics = new();

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public void A_counter_is_shown_with_help_type_and_its_own_name()
    {
        _metrics.Meter.CreateCounter<long>("things_count", null, "Things seen.").Add(3);

        Assert.Equal(["# HELP things_count Things seen.", "# TYPE things_count counter", "things_count 3", ""], _metrics.Lines);
    }

    [Fact]
    public void A_counter_without_labels_is_zero_before_its_first_event()
    {
        _ = new CertificateMetrics(_metrics.Factory);

        Assert.Contains("citadel_server_csr_count 0", _metrics.Lines);
        Assert.DoesNotContain(
            _metrics.Lines, line => line.StartsWith("meshca_csr_rejected_total ", StringComparison.Ordinal));
    }

    [Fact]
    public void An_up_down_counter_is_a_gauge()
    {
        var counter = _metrics.Meter.CreateUpDownCounter<int>("open");
        counter.Add(5);
        counter.Add(-7);

        Assert.Contains("# TYPE open gauge", _metrics.Lines);
        Assert.Contains("open -2", _metrics.Lines);
    }

    [Fact]
    public void Each_set_of_label_values_is_a_series()
    {
        var counter = _metrics.Meter.CreateCounter<long>("labelled");
        counter.Add(1, new("a", "x"), new("b", "y"));
        counter.Add(2, new("a", "x"), new("b", "z"));
        counter.Add(3, new("a", "x"), new("b", "y"));

        Assert.Contains("labelled{a=\"x\",b=\"y\"} 4", _metrics.Lines);
        Assert.Contains("labelled{a=\"x\",b=\"z\"} 2", _metrics.Lines);
    }

    [Fact]
    public void Values_that_join_to_the_same_text_stay_two_series()
    {
        var counter = _metrics.Meter.CreateCounter<long>("joined");
        counter.Add(1, new("a", "xy"), new("b", ""));
        counter.Add(1, new("a", "x"), new("b", "y"));

        Assert.Equal(2, _metrics.Lines.Count(line => line.StartsWith("joined{", StringComparison.Ordinal)));
    }

    // value, buckets (of 1, 2 and +Inf) that count it
    public static TheoryData<double, int[]> Boundaries() =>
    [
        new(0.999, [1, 1, 1]) { Label = "below a bound" },
        new(1, [1, 1, 1]) { Label = "at a bound: inclusive" },
        new(1.001, [0, 1, 1]) { Label = "above a bound" },
        new(2, [0, 1, 1]) { Label = "at the last bound" },
        new(2.001, [0, 0, 1]) { Label = "above the last bound" },
        new(double.NaN, [0, 0, 1]) { Label = "no number" },
    ];

    [Theory, MemberData(nameof(Boundaries))]
    public void A_histogram_counts_a_value_in_every_bucket_whose_bound_it_does_not_exceed(double value, int[] counts)
    {
        var histogram = _metrics.Meter.CreateHistogram(
            "sizes", null, "Sizes.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });
        histogram.Record(value);

        Assert.Contains($"sizes_bucket{{le=\"1\"}} {counts[0]}", _metrics.Lines);
        Assert.Contains($"sizes_bucket{{le=\"2\"}} {counts[1]}", _metrics.Lines);
        Assert.Contains($"sizes_bucket{{le=\"+Inf\"}} {counts[2]}", _metrics.Lines);
        Assert.Contains($"sizes_sum {PrometheusFormat.ToText(value)}", _metrics.Lines);
        Assert.Contains("sizes_count 1", _metrics.Lines);
    }

    [Fact]
    public void A_histogram_of_whole_numbers_takes_its_bounds_too()
    {
        var histogram = _metrics.Meter.CreateHistogram(
            "batch", null, "Batches.", null, new InstrumentAdvice<long> { HistogramBucketBoundaries = [4] });
        histogram.Record(5);

        Assert.Contains("batch_bucket{le=\"4\"} 0", _metrics.Lines);
        Assert.Contains("batch_bucket{le=\"+Inf\"} 1", _metrics.Lines);
    }

    [Fact]
    public void Label_values_beyond_the_limit_share_one_series_and_are_logged_once()
    {
        var log = new CountingLogger();
        using var metrics = new MetricsFixture(seriesLimit: 3, log);
        var counter = metrics.Meter.CreateCounter<long>("many");
        for (var i = 0; i < 100; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("id", $"{i}"));
        }

        var lines = metrics.Lines;
        _ = metrics.Lines;

        Assert.Equal(4, lines.Count(line => line.StartsWith("many{", StringComparison.Ordinal)));
        Assert.Contains("many{id=\"other\"} 97", lines);
        Assert.Equal(1, log.Warnings);
    }

    [Fact]
    public async Task No_increment_is_lost_between_threads()
    {
        var counter = _metrics.Meter.CreateCounter<long>("racing");
        var histogram = _metrics.Meter.CreateHistogram<double>("racing_seconds");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("k", i % 2 == 0 ? "even" : "odd"));
                histogram.Record(0.5);
            }
        })));

        Assert.Contains("racing{k=\"even\"} 20000", _metrics.Lines);
        Assert.Contains("racing{k=\"odd\"} 20000", _metrics.Lines);
        Assert.Contains("racing_seconds_count 40000", _metrics.Lines);
        Assert.Contains("racing_seconds_sum 20000", _metrics.Lines);
    }

    [Fact]
    public void Recording_under_known_labels_allocates_nothing()
    {
        var metrics = new CertificateMetrics(_metrics.Factory);
        void Record()
        {
            metrics.CsrReceived();
            metrics.Stage(IssuanceStage.Sign, TimeSpan.FromMicroseconds(30));
            metrics.Issued("jwt:local", TimeSpan.FromHours(1));
            metrics.CsrAnswered();
        }

        Record();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            Record();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void An_observed_series_that_is_no_longer_reported_is_no_longer_shown()
    {
        string[] live = ["a", "b"];
        _metrics.Meter.CreateObservableGauge("roots", () =>
            live.Select(id => new Measurement<long>(1, new KeyValuePair<string, object?>("id", id))));
        Assert.Contains("roots{id=\"a\"} 1", _metrics.Lines);

        live = ["b"];

        Assert.DoesNotContain("roots{id=\"a\"} 1", _metrics.Lines);
        Assert.Contains("roots{id=\"b\"} 1", _metrics.Lines);
    }

    [Fact]
    public void An_observation_that_fails_hides_no_other_metric()
    {
        _metrics.Meter.CreateObservableGauge("broken", StoreIsDown);
        _metrics.Meter.CreateObservableGauge("sound", () => 1);
        _metrics.Meter.CreateCounter<long>("counted").Add(1);

        Assert.Contains("sound 1", _metrics.Lines);
        Assert.Contains("counted 1", _metrics.Lines);
    }

    [Fact]
    public void Two_hosts_in_one_process_do_not_see_each_others_metrics()
    {
        using var other = new MetricsFixture();
        other.Meter.CreateCounter<long>("of_the_other").Add(1);

        Assert.DoesNotContain("of_the_other 1", _metrics.Lines);
    }

    [Fact]
    public void Meters_that_are_not_listed_are_not_shown()
    {
        _metrics.Factory.Create("Unlisted").CreateCounter<long>("unlisted").Add(1);

        Assert.DoesNotContain("unlisted 1", _metrics.Lines);
    }

    private static int StoreIsDown() => throw new InvalidOperationException("store is down");

    private sealed class CountingLogger : ILogger<PrometheusText>
    {
        public int Warnings { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Warnings += logLevel == LogLevel.Warning ? 1 : 0;
    }
}
