using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace MeshCA.Telemetry;

/// <summary>How the Prometheus text format names a family.</summary>
internal enum MetricType
{
    /// <summary>Only grows.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Counts per bucket.</summary>
    Histogram,
}

/// <summary>One instrument and its series.</summary>
internal sealed class MetricFamily
{
    /// <summary>The value of every label of the series that sums up what came after the limit.</summary>
    public const string OverflowValue = "other";

    private static readonly double[] DefaultBounds =
        [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Lock _adding = new();
    private readonly ConcurrentDictionary<LabelSet, MetricSeries> _series = new(LabelSet.Comparer.Instance);
    private readonly ConcurrentDictionary<LabelSet, MetricSeries>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _byTags;
    private readonly int _limit;
    private readonly Func<MetricSeries> _newSeries;
    private volatile MetricSeries? _overflow;

    /// <summary>Makes the family of an instrument, without a series.</summary>
    /// <param name="instrument">The instrument.</param>
    /// <param name="limit">How many series it may have before further label values are summed up as one.</param>
    public MetricFamily(Instrument instrument, int limit)
    {
        Name = instrument.Name;
        Help = instrument.Description ?? "";
        IsObservable = instrument.IsObservable;
        _limit = limit;
        var kind = instrument.GetType().GetGenericTypeDefinition();
        IsSum = kind == typeof(Counter<>) || kind == typeof(UpDownCounter<>);
        (Type, _newSeries) = Shape(instrument, kind, IsSum);
        _byTags = _series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
    }

    /// <summary>The instrument's name, to which nothing is added.</summary>
    public string Name { get; }

    /// <summary>What it measures.</summary>
    public string Help { get; }

    /// <summary>How the text format names it.</summary>
    public MetricType Type { get; }

    /// <summary>Whether its values are asked for at each scrape.</summary>
    public bool IsObservable { get; }

    /// <summary>Whether its values are summed up here.</summary>
    public bool IsSum { get; }

    /// <summary>Whether label values beyond the limit were summed up.</summary>
    public bool Overflowed => _overflow is not null;

    /// <summary>The series, in the order of their label values.</summary>
    public IReadOnlyList<KeyValuePair<LabelSet, MetricSeries>> Series =>
        [.. _series.OrderBy(series => string.Join('\0', series.Key.Values), StringComparer.Ordinal)];

    /// <summary>Takes one measurement in: a look-up and an atomic addition.</summary>
    public void Record(double measurement, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!_byTags.TryGetValue(tags, out var series))
        {
            series = _overflow ?? AddSeries(tags);
        }

        series.Record(measurement);
    }

    /// <summary>Forgets all series, so that what is no longer observed is no longer shown.</summary>
    public void Clear()
    {
        lock (_adding)
        {
            _series.Clear();
            _overflow = null;
        }
    }

    private MetricSeries AddSeries(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_adding)
        {
            if (_byTags.TryGetValue(tags, out var series))
            {
                return series;
            }

            // Labels must never let a caller grow memory: from here on all new ones share a series.
            if (_series.Count >= _limit)
            {
                return _overflow ??= _series.GetOrAdd(LabelSet.From(tags).WithValues(OverflowValue), _ => _newSeries());
            }

            return _series.GetOrAdd(LabelSet.From(tags), _ => _newSeries());
        }
    }

    private static (MetricType Type, Func<MetricSeries> NewSeries) Shape(Instrument instrument, Type kind, bool isSum)
    {
        if (kind == typeof(Histogram<>))
        {
            var bounds = Bounds(instrument);
            return (MetricType.Histogram, () => new HistogramSeries(bounds));
        }

        var type = kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>) ? MetricType.Counter : MetricType.Gauge;
        return (type, isSum ? static () => new SumSeries() : static () => new LastValueSeries());
    }

    private static double[] Bounds(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
        Histogram<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
        _ => DefaultBounds,
    };
}
