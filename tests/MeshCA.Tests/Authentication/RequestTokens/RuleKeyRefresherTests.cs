using System.IO;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using MeshCA.Authentication.RequestTokens;
using MeshCA.Configuration;
using Microsoft.Extensions.Logging;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.RequestTokens;

public sealed class RuleKeyRefresherTests : IAsyncLifetime
{
    private readonly RequestTokenSetup _setup = new();
    private readonly TestPolicies _policies = new();
    private readonly TestTokenSigner _signer = new("ES256", "k1");
    private readonly TestTokenSigner _next = new("ES256", "k2");
    private readonly LoggerFactory _loggers = new();
    private readonly string _caFile = Path.GetTempFileName();
    private TestKeyServer _server = null!; // both made in InitializeAsync
    private RuleKeyRefresher _refresher = null!;

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    private string Jwks => _server.Url + "keys";

    public async ValueTask InitializeAsync()
    {
        _loggers.AddProvider(new OneLogger(_setup.Logger));
        _server = await TestKeyServer.StartAsync(TimeProvider.System.GetUtcNow(), Ending);
        await File.WriteAllTextAsync(_caFile, _server.CertificatePem, Ending);
        _server.Serve("/keys", TestTokenSigner.KeySet(_signer));
        var options = new RequestTokenOptions { CaFile = _caFile, AllowedAddresses = ["127.0.0.1"] };
        _refresher = new RuleKeyRefresher(
            _policies, _setup.Rings, new RuleKeySettings(options), _setup.Clock, _loggers.CreateLogger<RuleKeyRefresher>());
        await _refresher.StartAsync(Ending);
    }

    public async ValueTask DisposeAsync()
    {
        await _refresher.StopAsync(Ending);
        _refresher.Dispose();
        await _server.DisposeAsync();
        _loggers.Dispose();
        _setup.Dispose();
        _signer.Dispose();
        _next.Dispose();
        File.Delete(_caFile);
    }

    [Fact]
    public async Task Keys_of_a_rule_in_force_are_fetched_and_those_of_a_rule_gone_are_dropped()
    {
        Publish(1, Jwks);
        await UntilAsync(() => StateOf(_signer) == TokenState.Verified);
        _policies.Publish(2, "", new MeshSettings(), "shop/cart");
        await UntilAsync(() => _setup.Rings.Count == 0);
        Publish(3, Jwks);
        await UntilAsync(() => StateOf(_signer) == TokenState.Verified);
    }

    [Fact]
    public async Task Discovery_leads_to_the_keys()
    {
        var issuer = _server.Url.ToString().TrimEnd('/');
        _server.Serve("/.well-known/openid-configuration", $$"""{"issuer":"{{issuer}}","jwks_uri":"{{Jwks}}"}""");
        Publish(1, "", issuer);
        await UntilAsync(() => StateOf(_signer, issuer) == TokenState.Verified);
    }

    [Fact]
    public async Task A_new_snapshot_keeps_the_keys_that_it_still_needs()
    {
        Publish(1, Jwks);
        await UntilAsync(() => StateOf(_signer) == TokenState.Verified);
        var requests = _server.Requests;
        var ring = _setup.Rings.Find(new RuleKeyAddress(Jwks, IsDiscovered: false, Timeout: null));
        Publish(2, Jwks);
        Assert.Equal(TokenState.Verified, StateOf(_signer));
        _policies.Publish(3, Yaml(Jwks, RequestTokenSetup.Issuer) + "\n---\n" + Yaml(Jwks + "?other", "https://b.example", "b"), new MeshSettings(), "shop/cart");
        await UntilAsync(() => _setup.Rings.Count == 2);
        Assert.Same(ring, _setup.Rings.Find(new RuleKeyAddress(Jwks, IsDiscovered: false, Timeout: null)));
        await UntilAsync(() => _server.Requests == requests + 1);
    }

    [Fact]
    public async Task A_key_that_the_issuer_adds_is_fetched_when_a_token_needs_it()
    {
        Publish(1, Jwks);
        await UntilAsync(() => StateOf(_signer) == TokenState.Verified);
        _server.Serve("/keys", TestTokenSigner.KeySet(_next));
        _setup.Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(TokenState.Invalid, StateOf(_next));
        await UntilAsync(() => StateOf(_next) == TokenState.Verified);
        Assert.Equal(TokenState.Invalid, StateOf(_signer));
    }

    [Fact]
    public async Task Keys_are_fetched_again_after_20_minutes()
    {
        Publish(1, Jwks);
        await UntilAsync(() => StateOf(_signer) == TokenState.Verified && _setup.Clock.TimerCount > 0);
        _server.Serve("/keys", TestTokenSigner.KeySet(_next));
        _setup.Clock.Advance(TimeSpan.FromMinutes(20));
        await UntilAsync(() => StateOf(_next) == TokenState.Verified);
    }

    [Fact]
    public async Task Keys_that_cannot_be_fetched_refuse_tokens_and_are_tried_again_ever_later()
    {
        _server.Serve("/keys", "no keys");
        Publish(1, Jwks);
        foreach (var (failures, minutes) in new[] { (1, 1), (2, 2), (3, 4) })
        {
            await UntilAsync(() => Failures().Count == failures && _setup.Clock.TimerCount > 0);
            Assert.Equal(TokenState.Invalid, StateOf(_signer));
            Assert.InRange(TimeSpan.Parse(Failures()[^1].Values["Delay"]!, null).TotalMinutes, minutes * 0.9, minutes);
            _setup.Clock.Advance(TimeSpan.FromMinutes(minutes));
        }

        await UntilAsync(() => Failures().Count == 4 && _setup.Clock.TimerCount > 0);
        _server.Serve("/keys", TestTokenSigner.KeySet(_signer));
        _setup.Clock.Advance(TimeSpan.FromMinutes(8));
        await UntilAsync(() => StateOf(_signer) == TokenState.Verified);
    }

    [Fact]
    public async Task Redirects_are_not_followed()
    {
        _server.Serve("/elsewhere", TestTokenSigner.KeySet(_signer));
        _server.Answers["/keys"] = context =>
        {
            context.Response.Redirect("/elsewhere");
            return Task.CompletedTask;
        };
        Publish(1, Jwks);
        await UntilAsync(() => Failures().Count == 1);
        Assert.Equal(1, _server.Requests);
    }

    [Fact]
    public async Task A_rule_without_a_url_is_told_of_and_refuses_tokens()
    {
        Publish(1, "", "testing@secure.istio.io");
        await UntilAsync(() => _setup.Logger.Entries.Any(entry => entry.EventId == 8104));
        Assert.Equal(TokenState.Invalid, StateOf(_signer, "testing@secure.istio.io"));
    }

    [Fact]
    public async Task Snapshots_may_change_under_any_number_of_requests()
    {
        Publish(1, Jwks);
        await UntilAsync(() => StateOf(_signer) == TokenState.Verified);
        var token = Sign(_signer, RequestTokenSetup.Issuer);
        var forged = token[..^4] + "AAAA";
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Ending);
        var asking = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () =>
            {
                while (!ended.IsCancellationRequested)
                {
                    Assert.Equal(TokenState.Verified, StateOf(token));
                    Assert.Equal(TokenState.Invalid, StateOf(forged));
                }
            },
            Ending)));
        for (var revision = 2; revision < 20; revision++)
        {
            Publish(revision, Jwks);
            await Task.Yield();
        }

        await ended.CancelAsync();
        await asking;
    }

    private static string Yaml(string jwksUri, string issuer, string name = "a") => $$"""
        apiVersion: security.istio.io/v1
        kind: RequestAuthentication
        metadata: {name: {{name}}, namespace: shop}
        spec:
          jwtRules:
          - issuer: "{{issuer}}"
            {{(jwksUri.Length > 0 ? $"jwksUri: \"{jwksUri}\"" : "audiences: []")}}
        """;

    private void Publish(long revision, string jwksUri, string issuer = RequestTokenSetup.Issuer) =>
        _policies.Publish(revision, Yaml(jwksUri, issuer), new MeshSettings(), "shop/cart");

    private List<LogEntry> Failures() => [.. _setup.Logger.Entries.Where(entry => entry.EventId == 8102)];

    private string Sign(TestTokenSigner signer, string issuer)
    {
        var claims = _setup.Claims();
        claims["iss"] = issuer;
        return signer.Sign(claims);
    }

    private TokenState StateOf(TestTokenSigner signer, string issuer = RequestTokenSetup.Issuer) => StateOf(Sign(signer, issuer));

    private TokenState StateOf(string token)
    {
        Assert.True(_policies.Current!.Workloads.TryFind(TestPolicies.IdOf("shop/cart"), out var entry));
        return _setup.Authenticate(token, entry.Policies).Request.Token;
    }

    // The server and the reader run beside the test; only the clock stands still.
    private static async Task UntilAsync(Func<bool> reached)
    {
        while (!reached())
        {
            await Task.Delay(5, Ending);
        }
    }

    private sealed class OneLogger(ILogger logger) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => logger;

        public void Dispose()
        {
        }
    }
}
