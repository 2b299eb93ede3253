using System.Diagnostics.Metrics;
using MeshCA.Federation;

namespace MeshCA.Telemetry;

/// <summary>What is counted and shown of federated trust domains.</summary>
internal sealed class FederationMetrics
{
    private static readonly string[] Words = ["ok", "stale", "alarm"];

    private readonly Meter _meter;
    private readonly Counter<long> _polls;

    /// <summary>Creates the instruments that are not observed.</summary>
    /// <param name="meterFactory">Owns the meter.</param>
    public FederationMetrics(IMeterFactory meterFactory)
    {
        _meter = meterFactory.Create(CertificateMetrics.MeterName);
        _polls = _meter.CreateCounter<long>(FederationInstruments.Polls.Name, null, FederationInstruments.Polls.Help);
    }

    /// <summary>A bundle was asked for.</summary>
    public void Polled(string trustDomain, string outcome) =>
        _polls.Add(1, new(FederationInstruments.Polls.Labels[0], trustDomain), new(FederationInstruments.Polls.Labels[1], outcome));

    /// <summary>Shows how it stands with each trust domain. Call once.</summary>
    /// <param name="statuses">By the names of the trust domains.</param>
    public void Observe(Func<IReadOnlyList<KeyValuePair<string, PeerStatus>>> statuses)
    {
        Gauge(FederationInstruments.Peers, () => Words.Select(word =>
            new Measurement<double>(statuses().Count(status => status.Value.Word == word), Label(FederationInstruments.Peers, 0, word))));
        Gauge(FederationInstruments.Age, () => statuses()
            .Where(status => status.Value.Age is not null)
            .Select(status => new Measurement<double>(status.Value.Age!.Value.TotalSeconds, Label(FederationInstruments.Age, 0, status.Key)))); // not null: just asked
        Gauge(FederationInstruments.End, () => statuses()
            .Where(status => status.Value.End is not null)
            .Select(status => new Measurement<double>(
                status.Value.End!.Value.ToUnixTimeSeconds(), Label(FederationInstruments.End, 0, status.Key)))); // not null: just asked
        Gauge(FederationInstruments.Alarms, () => statuses().SelectMany(status => status.Value.Alarms.Select(alarm => new Measurement<double>(
            1, Label(FederationInstruments.Alarms, 0, status.Key), Label(FederationInstruments.Alarms, 1, alarm.ToString())))));
    }

    private static KeyValuePair<string, object?> Label(InstrumentDefinition definition, int index, string value) => new(definition.Labels[index], value);

    private void Gauge(InstrumentDefinition definition, Func<IEnumerable<Measurement<double>>> observe) =>
        _meter.CreateObservableGauge(definition.Name, observe, null, definition.Help);
}
