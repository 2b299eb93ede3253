using System.Diagnostics.Metrics;

namespace MeshCA.Telemetry;

/// <summary>What is counted of policies and their sources.</summary>
internal sealed class PolicyMetrics
{
    private readonly Meter _meter;
    private readonly Counter<long> _sourceFailures;
    private readonly Histogram<double> _reloadSeconds;

    /// <summary>Creates the instruments that are not observed.</summary>
    /// <param name="meterFactory">Owns the meter.</param>
    public PolicyMetrics(IMeterFactory meterFactory)
    {
        _meter = meterFactory.Create(CertificateMetrics.MeterName);
        _sourceFailures = _meter.CreateCounter<long>(
            Instruments.PolicySourceFailures.Name, null, Instruments.PolicySourceFailures.Help);
        _reloadSeconds = _meter.CreateHistogram(
            Instruments.PolicyReloadSeconds.Name,
            null,
            Instruments.PolicyReloadSeconds.Help,
            null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = Instruments.PolicyReloadSeconds.Buckets });
    }

    /// <summary>A source began to fail, or fails for another reason.</summary>
    public void SourceFailed() => _sourceFailures.Add(1);

    /// <summary>All sources were read.</summary>
    /// <param name="elapsed">How long that and what followed took.</param>
    public void Reloaded(TimeSpan elapsed) => _reloadSeconds.Record(elapsed.TotalSeconds);

    /// <summary>Shows what is in force. Call once.</summary>
    /// <param name="revision">The revision; null while none is.</param>
    /// <param name="age">How long it has been in force; null likewise.</param>
    public void ObserveSnapshot(Func<long?> revision, Func<TimeSpan?> age)
    {
        Observe(Instruments.PolicyRevision, () => revision() is { } number ? [new(number)] : []);
        Observe(Instruments.PolicySnapshotAge, () => age() is { } time ? [new(time.TotalSeconds)] : []);
    }

    /// <summary>Shows how the sources stand. Call once.</summary>
    /// <param name="failed">How many fail now.</param>
    /// <param name="resources">How many resources have each status.</param>
    public void ObserveSources(Func<int> failed, Func<IEnumerable<KeyValuePair<string, int>>> resources)
    {
        Observe(Instruments.PolicySourcesFailed, () => [new(failed())]);
        Observe(Instruments.PolicyResources, () =>
        [
            .. resources().Select(count => new Measurement<double>(
                count.Value, new KeyValuePair<string, object?>(Instruments.PolicyResources.Labels[0], count.Key))),
        ]);
    }

    private void Observe(InstrumentDefinition definition, Func<IEnumerable<Measurement<double>>> observe) =>
        _meter.CreateObservableGauge(definition.Name, observe, null, definition.Help);
}
