using System.Diagnostics.Metrics;

namespace MeshCA.Telemetry;

/// <summary>Counters of the token cache and of the issuers' keys; every instrument is a row of <see cref="Instruments"/>.</summary>
internal sealed class AuthenticationMetrics
{
    private readonly Counter<long> _hits;
    private readonly Counter<long> _misses;
    private readonly Counter<long> _refreshFailures;

    /// <summary>Creates the instruments, on the meter that <see cref="CertificateMetrics"/> uses too.</summary>
    /// <param name="meters">Owns the meter.</param>
    public AuthenticationMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(CertificateMetrics.MeterName);
        _hits = Counter(meter, Instruments.TokenCacheHits);
        _misses = Counter(meter, Instruments.TokenCacheMisses);
        _refreshFailures = Counter(meter, Instruments.IssuerKeyFailures);
    }

    /// <summary>A token was found among those verified before.</summary>
    public void TokenCacheHit() => _hits.Add(1);

    /// <summary>A token had to be verified.</summary>
    public void TokenCacheMiss() => _misses.Add(1);

    /// <summary>An issuer's keys could not be read.</summary>
    /// <param name="issuer">The issuer's configured name.</param>
    public void RefreshFailed(string issuer) =>
        _refreshFailures.Add(1, new KeyValuePair<string, object?>(Instruments.IssuerKeyFailures.Labels[0], issuer));

    private static Counter<long> Counter(Meter meter, InstrumentDefinition definition) =>
        meter.CreateCounter<long>(definition.Name, null, definition.Help);
}
