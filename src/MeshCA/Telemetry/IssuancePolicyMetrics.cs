using System.Diagnostics.Metrics;

namespace MeshCA.Telemetry;

/// <summary>What the issuance policy counts. Names of rules are configuration.</summary>
internal sealed class IssuancePolicyMetrics
{
    private readonly Meter _meter;
    private readonly Counter<long> _decisions;

    /// <summary>Creates the instruments that are not observed.</summary>
    /// <param name="meterFactory">Owns the meter.</param>
    public IssuancePolicyMetrics(IMeterFactory meterFactory)
    {
        _meter = meterFactory.Create(CertificateMetrics.MeterName);
        _decisions = _meter.CreateCounter<long>(
            Instruments.IssuancePolicyDecisions.Name, null, Instruments.IssuancePolicyDecisions.Help);
    }

    /// <summary>A request was issued or refused under a rule.</summary>
    /// <param name="rule">The rule's name; empty where none was reached, which counts nothing.</param>
    /// <param name="outcome"><c>issued</c>, or the name of the reason.</param>
    public void Decided(string rule, string outcome)
    {
        if (rule.Length > 0)
        {
            _decisions.Add(
                1,
                new(Instruments.IssuancePolicyDecisions.Labels[0], rule),
                new(Instruments.IssuancePolicyDecisions.Labels[1], outcome));
        }
    }

    /// <summary>Shows whether the file as it is now is in force. Call once.</summary>
    public void ObserveFailure(Func<bool> isFailed) => _meter.CreateObservableGauge(
        Instruments.IssuancePolicyFailed.Name, () => isFailed() ? 1 : 0, null, Instruments.IssuancePolicyFailed.Help);
}
