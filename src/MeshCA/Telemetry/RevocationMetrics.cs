using System.Diagnostics.Metrics;

namespace MeshCA.Telemetry;

/// <summary>What is counted of bans, revocations and their lists.</summary>
internal sealed class RevocationMetrics
{
    private readonly Meter _meter;
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _reach;

    /// <summary>Creates the instruments that are not observed.</summary>
    /// <param name="meterFactory">Owns the meter.</param>
    public RevocationMetrics(IMeterFactory meterFactory)
    {
        _meter = meterFactory.Create(CertificateMetrics.MeterName);
        _failures = _meter.CreateCounter<long>(
            RevocationInstruments.ListFailures.Name, null, RevocationInstruments.ListFailures.Help);
        _reach = _meter.CreateHistogram<double>(RevocationInstruments.ReachSeconds.Name, null, RevocationInstruments.ReachSeconds.Help);
    }

    /// <summary>An order got everywhere.</summary>
    /// <param name="after">How long that took.</param>
    public void Reached(TimeSpan after) => _reach.Record(after.TotalSeconds);

    /// <summary>A round of lists failed.</summary>
    public void ListRoundFailed() => _failures.Add(1);

    /// <summary>Shows how it stands. Call once.</summary>
    /// <param name="revision">The revision of the revocations.</param>
    /// <param name="counts">How many there are of each kind.</param>
    /// <param name="ends">When the list of each authority ends, in seconds since 1970.</param>
    /// <param name="missing">Authorities without a list, or with one that is not as it should be.</param>
    public void Observe(
        Func<long> revision,
        Func<IEnumerable<KeyValuePair<string, int>>> counts,
        Func<IEnumerable<KeyValuePair<string, long>>> ends,
        Func<int> missing)
    {
        Gauge(RevocationInstruments.Revision, () => [new(revision())]);
        Gauge(RevocationInstruments.Revocations, () => [.. counts().Select(count => Labelled(RevocationInstruments.Revocations, count.Key, count.Value))]);
        Gauge(RevocationInstruments.ListEnd, () => [.. ends().Select(end => Labelled(RevocationInstruments.ListEnd, end.Key, end.Value))]);
        Gauge(RevocationInstruments.ListsMissing, () => [new(missing())]);
    }

    private static Measurement<double> Labelled(InstrumentDefinition definition, string label, double value) =>
        new(value, new KeyValuePair<string, object?>(definition.Labels[0], label));

    private void Gauge(InstrumentDefinition definition, Func<IEnumerable<Measurement<double>>> observe) =>
        _meter.CreateObservableGauge(definition.Name, observe, null, definition.Help);
}
