using System.Diagnostics.Metrics;

namespace MeshCA.Telemetry;

/// <summary>Counters of the token cache and of the issuers' keys.</summary>
internal sealed class AuthenticationMetrics
{
    public const string MeterName = "MeshCA.Authentication";

    private readonly Counter<long> _hits;
    private readonly Counter<long> _misses;
    private readonly Counter<long> _refreshFailures;

    public AuthenticationMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _hits = meter.CreateCounter<long>("meshca_token_cache_hit_count", null, "tokens found in the cache of verified tokens");
        _misses = meter.CreateCounter<long>("meshca_token_cache_miss_count", null, "tokens whose signature had to be checked");
        _refreshFailures = meter.CreateCounter<long>(
            "meshca_issuer_key_refresh_failure_count", null, "failed reads of an issuer's keys");
    }

    public void TokenCacheHit() => _hits.Add(1);

    public void TokenCacheMiss() => _misses.Add(1);

    public void RefreshFailed(string issuer) => _refreshFailures.Add(1, new KeyValuePair<string, object?>("issuer", issuer));
}
