using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json.Nodes;
using MeshCA.Authentication;
using MeshCA.Authentication.Keys;
using MeshCA.Authentication.Tokens;
using MeshCA.Configuration;
using MeshCA.Telemetry;
using SpiffeIdentity;
using TestSupport;

namespace MeshCA.Tests.Authentication;

/// <summary>A token authenticator over given issuers, with a clock at a standstill.</summary>
internal sealed class TokenSetup
{
    public static readonly TrustDomain TrustDomain = TrustDomain.Parse("cluster.local");

    public TokenSetup(params TokenIssuerOptions[] issuers)
    {
        Issuers = new IssuerDirectory([.. issuers.Select(options => TokenIssuer.From(options, TrustDomain))]);
        Cache = new TokenCache(MaxEntries, TimeSpan.FromMinutes(1));
        Authenticator = new TokenAuthenticator(Issuers, Cache, TimeSpan.FromSeconds(30), Clock, Metrics);
    }

    public const int MaxEntries = 4;

    public static TokenIssuerOptions Options(string name = "main", string cluster = "Kubernetes") =>
        new() { Name = name, Issuer = TestClaims.Issuer, JwksFile = "/none", ClusterId = cluster };

    public static CertificateMetrics Metrics { get; } = new(new PlainMeters());

    public ManualTimeProvider Clock { get; } = new();

    public DateTimeOffset Now => Clock.GetUtcNow();

    public IssuerDirectory Issuers { get; }

    public TokenCache Cache { get; }

    public TokenAuthenticator Authenticator { get; }

    public static TokenSetup With(TestTokenSigner signer, Action<TokenIssuerOptions>? change = null)
    {
        var options = Options();
        change?.Invoke(options);
        var setup = new TokenSetup(options);
        setup.Publish(0, signer);
        return setup;
    }

    public static VerificationKeySet Keys(params TestTokenSigner[] signers) =>
        JsonWebKeySetParser.TryParse(Encoding.UTF8.GetBytes(TestTokenSigner.KeySet(signers)), out var keys, out var error)
            ? keys
            : throw new InvalidOperationException(error.ToString());

    public void Publish(int issuer, params TestTokenSigner[] signers) => Issuers.Rings[issuer].Replace(Keys(signers), Now);

    public JsonObject Claims(Action<JsonObject>? change = null)
    {
        var claims = TestClaims.Of(Now);
        change?.Invoke(claims);
        return claims;
    }

    public AuthenticationOutcome Authenticate(string token, string clusterId = "") =>
        Authenticator.Authenticate(CallCredentials.From(["Bearer " + token], clusterId.Length == 0 ? [] : [clusterId], default))!;

    public AuthenticationError Refusal(string token, string clusterId = "") =>
        Authenticate(token, clusterId) switch
        {
            AuthenticationOutcome.Refused(var reason, _) => reason,
            AuthenticationOutcome.Unavailable(var reason, _) => reason,
            _ => AuthenticationError.None,
        };

    private sealed class PlainMeters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
