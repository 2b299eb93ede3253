using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Telemetry;

/// <summary>Collects the measurements of this process's meters and writes them in the Prometheus text format.</summary>
/// <remarks>Only what was recorded after its creation is counted, so it is created before the first request.</remarks>
internal sealed class PrometheusText : IDisposable
{
    private readonly IMeterFactory _meterFactory;
    private readonly HashSet<string> _meters;
    private readonly int _seriesLimit;
    private readonly ILogger<PrometheusText> _logger;
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _overflowsLogged = new(StringComparer.Ordinal);
    private readonly Lock _scraping = new();

    /// <summary>Starts listening.</summary>
    /// <param name="meterFactory">Whose meters to listen to: two hosts in one process do not see each other's.</param>
    /// <param name="options">Which meters, and how many series each instrument may have.</param>
    /// <param name="logger">Told of overflows and of callbacks that fail.</param>
    public PrometheusText(IMeterFactory meterFactory, IOptions<TelemetryOptions> options, ILogger<PrometheusText> logger)
    {
        _meterFactory = meterFactory;
        _meters = [CertificateMetrics.MeterName, .. options.Value.Meters];
        _seriesLimit = options.Value.MaxSeriesPerInstrument;
        _logger = logger;
        _listener.InstrumentPublished = Publish;
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, state) => Record(state, (double)value, tags));
        _listener.Start();
    }

    /// <summary>Asks the observed instruments for their values and writes all families, in the order of their names.</summary>
    public string Write()
    {
        lock (_scraping)
        {
            Observe();
            var text = new StringBuilder();
            foreach (var family in _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal))
            {
                PrometheusFormat.Write(text, family);
                LogOverflow(family);
            }

            return text.ToString();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _listener.Dispose();

    private static void Record(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        ((MetricFamily)state!).Record(value, tags); // the state is what `Publish` passed for every instrument it enabled

    private void Publish(Instrument instrument, MeterListener listener)
    {
        // Meters of the runtime have no scope; those of a factory have the factory.
        var ours = instrument.Meter.Scope is null || ReferenceEquals(instrument.Meter.Scope, _meterFactory);
        if (!ours || !_meters.Contains(instrument.Meter.Name))
        {
            return;
        }

        var family = _families.GetOrAdd(instrument.Name, _ => new MetricFamily(instrument, _seriesLimit));
        listener.EnableMeasurementEvents(instrument, family);
        ShowZero(instrument, family);
    }

    // A counter that was never counted is 0 and not absent: alerts on its increase need the zero.
    private static void ShowZero(Instrument instrument, MetricFamily family)
    {
        if (family.IsSum && CertificateMetrics.IsUnlabelled(instrument.Name))
        {
            family.Record(0, []);
        }
    }

    private void Observe()
    {
        foreach (var family in _families.Values.Where(family => family.IsObservable))
        {
            family.Clear();
        }

        try
        {
            _listener.RecordObservableInstruments();
        }
        catch (AggregateException exception)
        {
            // One callback that fails (a store that is down, say) must not hide the metrics that tell of it.
            Log.ObservationFailed(_logger, exception);
        }
    }

    private void LogOverflow(MetricFamily family)
    {
        if (family.Overflowed && _overflowsLogged.TryAdd(family.Name, true))
        {
            Log.SeriesLimitReached(_logger, family.Name, _seriesLimit);
        }
    }
}
