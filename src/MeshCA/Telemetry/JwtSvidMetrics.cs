using System.Diagnostics.Metrics;

namespace MeshCA.Telemetry;

/// <summary>What is counted and shown of JWT-SVIDs.</summary>
internal sealed class JwtSvidMetrics
{
    private readonly Meter _meter;
    private readonly Counter<long> _issued;
    private readonly Counter<long> _refused;

    /// <summary>Creates the instruments that are not observed.</summary>
    /// <param name="meterFactory">Owns the meter.</param>
    public JwtSvidMetrics(IMeterFactory meterFactory)
    {
        _meter = meterFactory.Create(CertificateMetrics.MeterName);
        _issued = _meter.CreateCounter<long>(JwtSvidInstruments.Issued.Name, null, JwtSvidInstruments.Issued.Help);
        _refused = _meter.CreateCounter<long>(JwtSvidInstruments.Refused.Name, null, JwtSvidInstruments.Refused.Help);
    }

    /// <summary>A token was delivered.</summary>
    /// <param name="authenticator">What proved the identity; configuration, never a request's.</param>
    public void Issued(string authenticator) => _issued.Add(1, new KeyValuePair<string, object?>(JwtSvidInstruments.Issued.Labels[0], authenticator));

    /// <summary>A request was refused.</summary>
    /// <param name="reason">The rule.</param>
    public void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>(JwtSvidInstruments.Refused.Labels[0], reason));

    /// <summary>Shows the keys. Call once.</summary>
    /// <param name="keys">How many are published.</param>
    /// <param name="canSign">Whether one signs.</param>
    public void Observe(Func<int> keys, Func<bool> canSign)
    {
        _meter.CreateObservableGauge(JwtSvidInstruments.Keys.Name, () => (double)keys(), null, JwtSvidInstruments.Keys.Help);
        _meter.CreateObservableGauge(JwtSvidInstruments.CanSign.Name, () => canSign() ? 1.0 : 0.0, null, JwtSvidInstruments.CanSign.Help);
    }
}
