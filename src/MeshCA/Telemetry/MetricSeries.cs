namespace MeshCA.Telemetry;

/// <summary>The running value of one instrument under one set of labels; recording takes no lock.</summary>
internal abstract class MetricSeries
{
    /// <summary>Takes one measurement in.</summary>
    public abstract void Record(double measurement);

    /// <summary>Adds to a number that other threads add to as well.</summary>
    protected static void Add(ref double target, double value)
    {
        var current = Volatile.Read(ref target);
        while (true)
        {
            var seen = Interlocked.CompareExchange(ref target, current + value, current);

            // Equals and not ==: a sum that became NaN would otherwise never be seen unchanged.
            if (seen.Equals(current))
            {
                return;
            }

            current = seen;
        }
    }
}

/// <summary>A sum: counters and up/down counters.</summary>
internal sealed class SumSeries : MetricSeries
{
    private double _value;

    /// <summary>The sum so far.</summary>
    public double Value => Volatile.Read(ref _value);

    /// <inheritdoc />
    public override void Record(double measurement) => Add(ref _value, measurement);
}

/// <summary>The last value: gauges, and everything that is observed when it is asked for.</summary>
internal sealed class LastValueSeries : MetricSeries
{
    private double _value;

    /// <summary>The last value.</summary>
    public double Value => Volatile.Read(ref _value);

    /// <inheritdoc />
    public override void Record(double measurement) => Volatile.Write(ref _value, measurement);
}

/// <summary>Counts per bucket and a sum.</summary>
/// <param name="bounds">Upper bounds of the buckets, inclusive and ascending; one more bucket holds what lies above.</param>
internal sealed class HistogramSeries(double[] bounds) : MetricSeries
{
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    /// <summary>Upper bounds of all buckets but the last.</summary>
    public ReadOnlySpan<double> Bounds => bounds;

    /// <summary>The sum of all measurements.</summary>
    public double Sum => Volatile.Read(ref _sum);

    /// <inheritdoc />
    public override void Record(double measurement)
    {
        var bucket = 0;
        while (bucket < bounds.Length && !(measurement <= bounds[bucket]))
        {
            bucket++;
        }

        Interlocked.Increment(ref _counts[bucket]);
        Add(ref _sum, measurement);
    }

    /// <summary>Counts of all buckets up to and with each one; the last is the count of all measurements.</summary>
    public long[] CumulativeCounts()
    {
        var cumulative = new long[_counts.Length];
        var total = 0L;
        for (var i = 0; i < cumulative.Length; i++)
        {
            total += Interlocked.Read(ref _counts[i]);
            cumulative[i] = total;
        }

        return cumulative;
    }
}
