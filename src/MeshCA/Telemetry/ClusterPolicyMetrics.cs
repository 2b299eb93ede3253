using System.Diagnostics.Metrics;

namespace MeshCA.Telemetry;

/// <summary>What is counted of policies of a cluster and of the admission webhook.</summary>
internal sealed class ClusterPolicyMetrics
{
    private readonly Meter _meter;
    private readonly Counter<long> _writes;
    private readonly Counter<long> _answers;

    /// <summary>Creates the instruments that are not observed.</summary>
    /// <param name="meterFactory">Owns the meter.</param>
    public ClusterPolicyMetrics(IMeterFactory meterFactory)
    {
        _meter = meterFactory.Create(CertificateMetrics.MeterName);
        _writes = Counter(ClusterPolicyInstruments.StatusWrites);
        _answers = Counter(ClusterPolicyInstruments.WebhookAnswers);
    }

    /// <summary>A status was written, or not.</summary>
    /// <param name="failure">The kind of failure; None for none.</param>
    public void StatusWritten(string failure) => Count(_writes, ClusterPolicyInstruments.StatusWrites, failure);

    /// <summary>The webhook answered.</summary>
    /// <param name="answer">allowed, warned, denied, malformed, busy or fault.</param>
    public void WebhookAnswered(string answer) => Count(_answers, ClusterPolicyInstruments.WebhookAnswers, answer);

    /// <summary>Shows how the view of the cluster stands. Call once.</summary>
    /// <param name="age">For how long it has not been kept up.</param>
    /// <param name="pods">How many pods it has.</param>
    public void Observe(Func<TimeSpan> age, Func<int> pods)
    {
        Gauge(ClusterPolicyInstruments.ViewAge, () => age().TotalSeconds);
        Gauge(ClusterPolicyInstruments.Pods, () => pods());
    }

    private static void Count(Counter<long> counter, InstrumentDefinition definition, string label) =>
        counter.Add(1, new KeyValuePair<string, object?>(definition.Labels[0], label));

    private Counter<long> Counter(InstrumentDefinition definition) => _meter.CreateCounter<long>(definition.Name, null, definition.Help);

    private void Gauge(InstrumentDefinition definition, Func<double> observe) =>
        _meter.CreateObservableGauge(definition.Name, observe, null, definition.Help);
}
