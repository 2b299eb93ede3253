using System.Diagnostics.Metrics;
using MeshCA.Telemetry;

namespace MeshCA.TrustDistribution;

/// <summary>What is shown of the distribution; every instrument is a row of <see cref="DistributionInstruments"/>.</summary>
internal sealed class DistributionMetrics
{
    private readonly Meter _meter;
    private readonly Counter<long> _writes;
    private readonly Counter<long> _overwritten;

    /// <summary>Creates the instruments that are not observed.</summary>
    /// <param name="meterFactory">Owns the meter.</param>
    public DistributionMetrics(IMeterFactory meterFactory)
    {
        _meter = meterFactory.Create(CertificateMetrics.MeterName);
        _writes = _meter.CreateCounter<long>(DistributionInstruments.Writes.Name, null, DistributionInstruments.Writes.Help);
        _overwritten = _meter.CreateCounter<long>(DistributionInstruments.Overwritten.Name, null, DistributionInstruments.Overwritten.Help);
    }

    /// <summary>Something was written into a cluster, or was to be.</summary>
    /// <param name="cluster">The cluster's name.</param>
    /// <param name="outcome">ok, forbidden or failed.</param>
    public void Wrote(string cluster, string outcome) => _writes.Add(
        1,
        new KeyValuePair<string, object?>(DistributionInstruments.Writes.Labels[0], cluster),
        new KeyValuePair<string, object?>(DistributionInstruments.Writes.Labels[1], outcome));

    /// <summary>Somebody wrote over what we wrote.</summary>
    /// <param name="cluster">The cluster's name.</param>
    public void Overwritten(string cluster) =>
        _overwritten.Add(1, new KeyValuePair<string, object?>(DistributionInstruments.Overwritten.Labels[0], cluster));

    /// <summary>Shows how far the bundle has come. Call once.</summary>
    /// <param name="standings">The clusters; none while this replica does not lead.</param>
    /// <param name="contested">Config maps that somebody else keeps writing over, by cluster.</param>
    public void Observe(Func<IReadOnlyList<ClusterStanding>> standings, Func<IEnumerable<KeyValuePair<string, int>>> contested)
    {
        Gauge(DistributionInstruments.Namespaces, () => standings().Select(standing => KeyValuePair.Create(standing.Cluster, standing.Namespaces)));
        Gauge(DistributionInstruments.NamespacesBehind, () => standings().Select(standing => KeyValuePair.Create(standing.Cluster, standing.Behind.Count)));
        Gauge(DistributionInstruments.Contested, contested);
    }

    private void Gauge(InstrumentDefinition definition, Func<IEnumerable<KeyValuePair<string, int>>> observe) =>
        _meter.CreateObservableGauge(
            definition.Name,
            () => observe().Select(one => new Measurement<double>(one.Value, new KeyValuePair<string, object?>(definition.Labels[0], one.Key))),
            null,
            definition.Help);
}
