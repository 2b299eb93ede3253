using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json.Nodes;
using BenchmarkDotNet.Attributes;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Authentication;
using MeshCA.Authentication.ClusterTokens;
using MeshCA.Authentication.Keys;
using MeshCA.Authentication.Tokens;
using MeshCA.Configuration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using SpiffeIdentity;
using TestSupport;

namespace MeshCA.Benchmarks.Authentication;

/// <summary>A token that was seen before: of a configured issuer, and of a cluster, where pod and service account are looked at each time.</summary>
public class ClusterTokenBenchmarks : IDisposable
{
    private const int Pods = 10_000;

    private readonly ManualTimeProvider _clock = new();
    private string _token = "";
    private ServiceAccountAuthenticator _issuer = null!; // all set in Prepare
    private ServiceAccountAuthenticator _cluster = null!;
    private ClusterLiveness _liveness = null!;
    private BoundObjects _bound = null!;

    [GlobalSetup]
    public void Prepare()
    {
        using var signer = new TestTokenSigner("ES256", "k1");
        var claims = TestClaims.Of(_clock.GetUtcNow());
        claims["kubernetes.io"]!["pod"] = new JsonObject { ["name"] = "pod-77", ["uid"] = "uid-77" };
        _token = "Bearer " + signer.Sign(claims);
        _ = JsonWebKeySetParser.TryParse(Encoding.UTF8.GetBytes(TestTokenSigner.KeySet(signer)), out var keys, out _);
        var certificates = new CertificateMetrics(new Meters());

        var options = new TokenIssuerOptions { Name = "bench", Issuer = TestClaims.Issuer, JwksFile = "/none" };
        var issuers = new IssuerDirectory([TokenIssuer.From(options, TrustDomain.Parse("cluster.local"))]);
        issuers.Rings[0].Replace(keys!, _clock.GetUtcNow());
        var tokens = new TokenAuthenticator(issuers, new TokenCache(1000, TimeSpan.FromMinutes(1)), TimeSpan.FromMinutes(1), _clock, certificates);
        _issuer = new(ClusterTokenDirectory.None, tokens);

        var settings = ClusterTokenSettings.From(
            new ClusterOptions { Tokens = new() { Mode = ClusterTokenMode.Local } }, TrustDomain.Parse("cluster.local"), TimeSpan.FromMinutes(1));
        var ring = new ClusterKeyRing(settings.Keys) { Issuer = TestClaims.Issuer };
        ring.Replace(keys!, _clock.GetUtcNow());
        var metrics = new ClusterTokenMetrics(new Meters());
        _liveness = new(
            null!, // every pod is in the copy, so nobody is asked
            new Copy<V1Pod>(_clock, Enumerable.Range(0, Pods).Select(Pod)),
            new Copy<V1ServiceAccount>(_clock, [new() { Metadata = new() { Namespace = "shop", Name = "cart", Uid = "0a0a" } }]),
            settings,
            _clock);
        _bound = new("shop", "cart", "0a0a", "pod-77", "uid-77", "node-1.example");
        var reviewer = new TokenReviewer(null!, settings, _clock, metrics, NullLogger.Instance);
        var cluster = new ClusterTokenAuthenticator(settings, ring, reviewer, _liveness, _clock, certificates, metrics);
        _cluster = new(new([cluster], name => name is "" or "Kubernetes" ? "Kubernetes" : null), tokens);
        if (Issuer() is not AuthenticationOutcome.Authenticated || Cluster() is not AuthenticationOutcome.Authenticated)
        {
            throw new InvalidOperationException("the token must be good");
        }
    }

    [Benchmark(Baseline = true)]
    public object? Issuer() => Run(_issuer);

    [GlobalCleanup]
    public void Dispose()
    {
        _liveness.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public object? Cluster() => Run(_cluster);

    [Benchmark]
    public bool LivenessAlone() => _liveness.TryCheck(_bound, _clock.GetUtcNow(), out _);

    [Benchmark]
    public object PodsOfANode() => _liveness.Index.List(new("shop", "cart", "node-1.example"));

    [SuppressMessage("Usage", "VSTHRD002", Justification = "A token that was seen before is judged without a wait.")]
    private AuthenticationOutcome? Run(ServiceAccountAuthenticator authenticator) =>
        authenticator.AuthenticateAsync(CallCredentials.From([_token], ["Kubernetes"], default), default).AsTask().GetAwaiter().GetResult();

    private static V1Pod Pod(int number) => new()
    {
        Metadata = new() { Namespace = "shop", Name = $"pod-{number}", Uid = $"uid-{number}" },
        Spec = new() { ServiceAccountName = number == 77 ? "cart" : "other", NodeName = number == 77 ? "node-1.example" : $"node-{number % 100}" },
        Status = new() { Phase = "Running" },
    };

    private sealed class Copy<T>(TimeProvider clock, IEnumerable<T> items) : IInformer<T>
        where T : class, IKubernetesResource<T>
    {
        private readonly Dictionary<(string, string?), T> _items =
            items.ToDictionary(item => (item.Metadata.Name!, item.Metadata.Namespace));

        public bool HasSynced => true;

        public DateTimeOffset? LastContact => clock.GetUtcNow();

        public IReadOnlyCollection<T> Items => _items.Values;

        public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public bool TryGet(string name, string? ns, [NotNullWhen(true)] out T? found) => _items.TryGetValue((name, ns), out found);

        public IDisposable Subscribe(Action<T?, T?> onChange)
        {
            foreach (var item in _items.Values)
            {
                onChange(null, item);
            }

            return new Ended();
        }

        private sealed class Ended : IDisposable
        {
            public void Dispose()
            {
            }
        }
    }

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
