using System.Diagnostics.Metrics;

namespace MeshCA.Telemetry;

/// <summary>What is counted of the agent's workloads. Label values are names of ours, never a caller's.</summary>
internal sealed class WorkloadMetrics
{
    private readonly Meter _meter;
    private readonly UpDownCounter<long> _streams;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _notAccepted;

    /// <summary>Creates the instruments that are not observed.</summary>
    /// <param name="meterFactory">Owns the meter.</param>
    public WorkloadMetrics(IMeterFactory meterFactory)
    {
        _meter = meterFactory.Create(CertificateMetrics.MeterName);
        _streams = _meter.CreateUpDownCounter<long>(WorkloadInstruments.Streams.Name, null, WorkloadInstruments.Streams.Help);
        _sent = Counter(WorkloadInstruments.Sent);
        _refused = Counter(WorkloadInstruments.Refused);
        _notAccepted = Counter(WorkloadInstruments.NotAccepted);
    }

    /// <summary>A stream begins; <see cref="StreamEnded"/> must follow.</summary>
    public void StreamOpened(string stream) => _streams.Add(1, Label(WorkloadInstruments.Streams, stream));

    /// <summary>A stream ended.</summary>
    public void StreamEnded(string stream) => _streams.Add(-1, Label(WorkloadInstruments.Streams, stream));

    /// <summary>A message was sent.</summary>
    public void Sent(string stream) => _sent.Add(1, Label(WorkloadInstruments.Sent, stream));

    /// <summary>A call was refused.</summary>
    public void Refused(string reason) => _refused.Add(1, Label(WorkloadInstruments.Refused, reason));

    /// <summary>A secret was not taken.</summary>
    public void SecretNotAccepted() => _notAccepted.Add(1);

    /// <summary>Shows the registration. Call once.</summary>
    /// <param name="entries">How many entries are in force.</param>
    /// <param name="isFailed">Whether the file as it is now is not.</param>
    /// <param name="behind">How many streams lack the trust bundle that is served, by how they stand.</param>
    /// <param name="banned">How many entries have an identity that is banned.</param>
    public void Observe(Func<int> entries, Func<bool> isFailed, Func<IEnumerable<(string Standing, int Count)>> behind, Func<int> banned)
    {
        _meter.CreateObservableGauge(WorkloadInstruments.Banned.Name, () => (double)banned(), null, WorkloadInstruments.Banned.Help);
        _meter.CreateObservableGauge(
            WorkloadInstruments.Behind.Name,
            () => behind().Select(each => new Measurement<double>(each.Count, Label(WorkloadInstruments.Behind, each.Standing))),
            null,
            WorkloadInstruments.Behind.Help);
        _meter.CreateObservableGauge(WorkloadInstruments.Entries.Name, () => (double)entries(), null, WorkloadInstruments.Entries.Help);
        _meter.CreateObservableGauge(
            WorkloadInstruments.RegistrationFailed.Name, () => isFailed() ? 1.0 : 0.0, null, WorkloadInstruments.RegistrationFailed.Help);
    }

    private static KeyValuePair<string, object?> Label(InstrumentDefinition definition, string value) => new(definition.Labels[0], value);

    private Counter<long> Counter(InstrumentDefinition definition) => _meter.CreateCounter<long>(definition.Name, null, definition.Help);
}
