using System.Text.Json.Nodes;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using MeshCA.Authentication.RequestTokens;
using MeshCA.Authentication.Tokens;
using MeshCA.Decisions;
using Microsoft.Extensions.Logging;
using TestSupport;

namespace MeshCA.Tests.Authentication.RequestTokens;

/// <summary>An authenticator of requests with a clock at a standstill.</summary>
internal sealed class RequestTokenSetup : IDisposable
{
    public const string Issuer = "https://issuer.example";

    private readonly LoggerFactory _factory;

    public RequestTokenSetup()
    {
        _factory = new LoggerFactory([new Provider(Logger)]);
        Verifier = new(Rings, Cache, Clock, Logger);
        Authenticator = new(Verifier, Clock, new Logger<RequestTokenAuthenticator>(_factory));
    }

    public ManualTimeProvider Clock { get; } = new();

    public RecordingLogger Logger { get; } = new();

    public RuleKeyRings Rings { get; } = new();

    public RecentTokens<TokenHash, VerifiedPayload> Cache { get; } = new(maxEntries: 4, TimeSpan.FromMinutes(1));

    public RequestTokenVerifier Verifier { get; }

    public RequestTokenAuthenticator Authenticator { get; }

    /// <summary>A rule that holds keys itself.</summary>
    public static JwtRule Rule(params TestTokenSigner[] signers) => new() { Issuer = Issuer, Jwks = TestTokenSigner.KeySet(signers) };

    public static WorkloadPolicies Policies(params JwtRule[] rules)
    {
        var resource = new RequestAuthentication { Id = new(ResourceKind.RequestAuthentication, "shop", "tokens"), JwtRules = rules };
        return PolicySet.Compile(new([resource], []), new MeshSettings()).For(new Workload { Namespace = "shop" });
    }

    public JsonObject Claims() => new() { ["iss"] = Issuer, ["sub"] = "me", ["exp"] = Clock.GetUtcNow().AddHours(1).ToUnixTimeSeconds() };

    public AuthenticatedRequest Authenticate(string token, params JwtRule[] rules) => Authenticate(token, Policies(rules));

    public AuthenticatedRequest Authenticate(string token, WorkloadPolicies policies) => Authenticator.Authenticate(policies, Bearer(token));

    public static RequestAttributes Bearer(string token) =>
        new() { Method = "GET", Path = "/", Headers = new Headers { ["authorization"] = "Bearer " + token } };

    public void Dispose() => _factory.Dispose();

    /// <summary>Headers of one line each, by name in lower case.</summary>
    internal sealed class Headers : Dictionary<string, string>, IRequestHeaders
    {
        public HeaderLines Find(string name) => TryGetValue(name, out var line) ? new(line) : default;
    }

    private sealed class Provider(ILogger logger) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => logger;

        public void Dispose()
        {
        }
    }
}
