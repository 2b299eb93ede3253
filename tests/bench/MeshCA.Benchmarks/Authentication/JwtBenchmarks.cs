using System.Diagnostics.Metrics;
using System.Text;
using BenchmarkDotNet.Attributes;
using MeshCA.Authentication;
using MeshCA.Authentication.Keys;
using MeshCA.Authentication.Tokens;
using MeshCA.Configuration;
using MeshCA.Telemetry;
using SpiffeIdentity;
using TestSupport;

namespace MeshCA.Benchmarks.Authentication;

/// <summary>From a call's metadata to an authenticated caller: with the token in the cache, and without a cache.</summary>
public class JwtBenchmarks
{
    private readonly ManualTimeProvider _clock = new();
    private string _token = "";
    private TokenAuthenticator _cached = null!; // both set in Prepare
    private TokenAuthenticator _uncached = null!;

    [Params("RS256", "PS256", "ES256", "ES384")]
    public string Algorithm { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        using var signer = new TestTokenSigner(Algorithm, "k1");
        _token = "Bearer " + signer.Sign(TestClaims.Of(_clock.GetUtcNow()));
        _cached = CreateAuthenticator(signer, entries: 1000);
        _uncached = CreateAuthenticator(signer, entries: 0);
        if (Run(_cached) is not AuthenticationOutcome.Authenticated || Run(_uncached) is not AuthenticationOutcome.Authenticated)
        {
            throw new InvalidOperationException("the token must be good");
        }
    }

    [Benchmark(Baseline = true)]
    public object? Cached() => Run(_cached);

    [Benchmark]
    public object? Verified() => Run(_uncached);

    [Benchmark]
    public bool Parsed() => CompactToken.TryParse(_token.AsSpan("Bearer ".Length), out _, out _);

    [Benchmark]
    public bool Hashed() => TokenHash.TryCompute(_token, out _);

    private AuthenticationOutcome? Run(TokenAuthenticator authenticator) =>
        authenticator.Authenticate(CallCredentials.From([_token], ["Kubernetes"], default));

    private TokenAuthenticator CreateAuthenticator(TestTokenSigner signer, int entries)
    {
        var options = new TokenIssuerOptions { Name = "bench", Issuer = TestClaims.Issuer, JwksFile = "/none" };
        var issuers = new IssuerDirectory([TokenIssuer.From(options, TrustDomain.Parse("cluster.local"))]);
        _ = JsonWebKeySetParser.TryParse(Encoding.UTF8.GetBytes(TestTokenSigner.KeySet(signer)), out var keys, out _);
        issuers.Rings[0].Replace(keys!, _clock.GetUtcNow());
        var cache = new TokenCache(entries, TimeSpan.FromMinutes(1));
        return new TokenAuthenticator(issuers, cache, TimeSpan.FromMinutes(1), _clock, new CertificateMetrics(new Meters()));
    }

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
