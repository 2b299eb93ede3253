using System.Text.Json.Nodes;
using MeshCA.Authentication;
using MeshCA.Authentication.Keys;
using MeshCA.Authentication.Tokens;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.Tokens;

public sealed class TokenAuthenticatorTests : IDisposable
{
    private readonly TestTokenSigner _signer = new("ES256", "k1");
    private readonly TokenSetup _setup;

    public TokenAuthenticatorTests() => _setup = TokenSetup.With(_signer);

    public void Dispose() => _signer.Dispose();

    [Theory]
    [InlineData("RS256"), InlineData("RS384"), InlineData("RS512")]
    [InlineData("PS256"), InlineData("PS384"), InlineData("PS512")]
    [InlineData("ES256"), InlineData("ES384"), InlineData("ES512")]
    public void A_token_of_each_supported_algorithm_authenticates(string algorithm)
    {
        using var signer = new TestTokenSigner(algorithm, "k");
        var setup = TokenSetup.With(signer);
        Assert.IsType<AuthenticationOutcome.Authenticated>(setup.Authenticate(signer.Sign(setup.Claims())));
    }

    [Fact]
    public void The_identity_and_evidence_come_from_the_claims()
    {
        var outcome = _setup.Authenticate(_signer.Sign(_setup.Claims()));
        var caller = Assert.IsType<AuthenticationOutcome.Authenticated>(outcome).Caller;
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/cart", caller.Id.ToString());
        Assert.Equal("jwt:main", caller.Evidence.Authenticator);
        Assert.Equal("Kubernetes", caller.Evidence.Cluster);
        Assert.Equal("11111111-2222-3333-4444-555555555555", caller.Evidence.TokenId);
        Assert.Equal("cart-5d4f-x7", caller.Evidence.PodName);
        Assert.Equal("0b0b", caller.Evidence.PodUid);
        Assert.Equal("node-1.example", caller.Evidence.NodeName);
        Assert.Equal(_setup.Now, caller.Evidence.TokenTime);
        Assert.Null(caller.Evidence.NotAfterLimit);
    }

    [Fact]
    public void Without_jti_the_token_id_is_the_begin_of_its_hash()
    {
        var token = _signer.Sign(_setup.Claims(claims => claims.Remove("jti")));
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(token));
        var caller = Assert.IsType<AuthenticationOutcome.Authenticated>(_setup.Authenticate(token)).Caller;
        Assert.Equal(Convert.ToHexStringLower(hash)[..16], caller.Evidence.TokenId);
    }

    public static TheoryData<string, Action<JsonObject, DateTimeOffset>, int> Claims() => new()
    {
        { "no expiry", (c, _) => c.Remove("exp"), (int)AuthenticationError.NoExpiry },
        { "expired beyond the leeway", (c, now) => c["exp"] = now.AddSeconds(-30).ToUnixTimeSeconds(), (int)AuthenticationError.Expired },
        { "expired within the leeway", (c, now) => c["exp"] = now.AddSeconds(-29).ToUnixTimeSeconds(), (int)AuthenticationError.None },
        { "fraction of a second left", (c, now) => c["exp"] = now.AddSeconds(60).ToUnixTimeSeconds() + 0.5, (int)AuthenticationError.None },
        { "not yet valid", (c, now) => c["nbf"] = now.AddSeconds(31).ToUnixTimeSeconds(), (int)AuthenticationError.NotYetValid },
        { "nearly valid", (c, now) => c["nbf"] = now.AddSeconds(30).ToUnixTimeSeconds(), (int)AuthenticationError.None },
        { "issued in the future", (c, now) => c["iat"] = now.AddSeconds(31).ToUnixTimeSeconds(), (int)AuthenticationError.IssuedInFuture },
        { "nbf and iat missing", (c, _) => { c.Remove("nbf"); c.Remove("iat"); }, (int)AuthenticationError.None },
        { "expiry as a text", (c, _) => c["exp"] = "4102444800", (int)AuthenticationError.BadTokenClaims },
        { "expiry beyond all time", (c, _) => c["exp"] = 1e300, (int)AuthenticationError.BadTokenClaims },
        { "negative expiry", (c, _) => c["exp"] = -1, (int)AuthenticationError.BadTokenClaims },
        { "no audience", (c, _) => c.Remove("aud"), (int)AuthenticationError.WrongAudience },
        { "other audience", (c, _) => c["aud"] = new JsonArray("api"), (int)AuthenticationError.WrongAudience },
        { "audience in other case", (c, _) => c["aud"] = "Istio-CA", (int)AuthenticationError.WrongAudience },
        { "audience as a text", (c, _) => c["aud"] = "istio-ca", (int)AuthenticationError.None },
        { "one audience of several", (c, _) => c["aud"] = new JsonArray("api", "istio-ca"), (int)AuthenticationError.None },
        { "audience not a text", (c, _) => c["aud"] = new JsonArray("istio-ca", 1), (int)AuthenticationError.BadTokenClaims },
        { "no issuer", (c, _) => c.Remove("iss"), (int)AuthenticationError.UnknownIssuer },
        { "issuer with a slash more", (c, _) => c["iss"] = TestClaims.Issuer + "/", (int)AuthenticationError.UnknownIssuer },
        { "no subject", (c, _) => c.Remove("sub"), (int)AuthenticationError.NotServiceAccount },
        { "a user", (c, _) => c["sub"] = "jane", (int)AuthenticationError.NotServiceAccount },
        { "three parts", (c, _) => c["sub"] = "system:serviceaccount:shop", (int)AuthenticationError.NotServiceAccount },
        { "five parts", (c, _) => c["sub"] = "system:serviceaccount:shop:cart:x", (int)AuthenticationError.NotServiceAccount },
        { "a slash in the name", (c, _) => c["sub"] = "system:serviceaccount:shop:a/b", (int)AuthenticationError.NotServiceAccount },
        { "namespace claim differs", (c, _) => c["kubernetes.io"]!["namespace"] = "bank", (int)AuthenticationError.ClaimsDisagree },
        { "account claim differs", (c, _) => c["kubernetes.io"]!["serviceaccount"]!["name"] = "pay", (int)AuthenticationError.ClaimsDisagree },
        { "no kubernetes claims", (c, _) => c.Remove("kubernetes.io"), (int)AuthenticationError.None },
        { "kubernetes claims no object", (c, _) => c["kubernetes.io"] = "x", (int)AuthenticationError.BadTokenClaims },
        { "pod name no name", (c, _) => c["kubernetes.io"]!["pod"]!["name"] = "a b", (int)AuthenticationError.BadTokenClaims },
        { "jti with a line break", (c, _) => c["jti"] = "a\nb", (int)AuthenticationError.BadTokenClaims },
    };

    [Theory, MemberData(nameof(Claims), DisableDiscoveryEnumeration = true)]
    public void Claims_are_judged_by_the_rule(string row, Action<JsonObject, DateTimeOffset> change, int expected)
    {
        var token = _signer.Sign(_setup.Claims(claims => change(claims, _setup.Now)));
        Assert.True(_setup.Refusal(token) == (AuthenticationError)expected, $"{row}: {_setup.Refusal(token)}");
    }

    [Fact]
    public void A_token_signed_by_another_key_of_the_same_id_is_refused()
    {
        using var thief = new TestTokenSigner("ES256", "k1");
        Assert.Equal(AuthenticationError.BadSignature, _setup.Refusal(thief.Sign(_setup.Claims())));
    }

    [Fact]
    public void A_key_withdrawn_ends_cached_tokens_at_once()
    {
        var token = _signer.Sign(_setup.Claims());
        Assert.Equal(AuthenticationError.None, _setup.Refusal(token));
        using var next = new TestTokenSigner("ES256", "k2");
        _setup.Publish(0, _signer, next);
        Assert.Equal(AuthenticationError.None, _setup.Refusal(token));
        _setup.Publish(0, next);
        Assert.Equal(AuthenticationError.UnknownKey, _setup.Refusal(token));
    }

    [Fact]
    public void A_cached_token_expires_when_it_says()
    {
        var token = _signer.Sign(_setup.Claims(claims => claims["exp"] = _setup.Now.AddSeconds(10).ToUnixTimeSeconds()));
        Assert.Equal(AuthenticationError.None, _setup.Refusal(token));
        Assert.Equal(1, _setup.Cache.Count);
        _setup.Clock.Advance(TimeSpan.FromSeconds(39));
        Assert.Equal(AuthenticationError.None, _setup.Refusal(token));
        _setup.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(AuthenticationError.Expired, _setup.Refusal(token));
    }

    [Fact]
    public void Each_use_of_a_cached_token_restarts_the_clock_of_renewals()
    {
        var token = _signer.Sign(_setup.Claims());
        _setup.Authenticate(token);
        _setup.Clock.Advance(TimeSpan.FromSeconds(5));
        var again = Assert.IsType<AuthenticationOutcome.Authenticated>(_setup.Authenticate(token));
        Assert.Equal(_setup.Now, again.Caller.Evidence.TokenTime);
        Assert.Equal(1, _setup.Cache.Count);
    }

    [Fact]
    public void A_cached_token_does_not_pass_for_another_cluster()
    {
        var setup = new TokenSetup(TokenSetup.Options("one", "c1"), TokenSetup.Options("two", "c2"));
        using var other = new TestTokenSigner("ES256", "k2");
        setup.Publish(0, _signer);
        setup.Publish(1, other);
        var token = _signer.Sign(setup.Claims());
        Assert.Equal(AuthenticationError.None, setup.Refusal(token, "c1"));
        Assert.Equal(AuthenticationError.UnknownKey, setup.Refusal(token, "c2"));
        Assert.Equal(AuthenticationError.None, setup.Refusal(token));
    }

    [Fact]
    public void The_cluster_id_selects_issuers_by_name_or_alias()
    {
        var options = TokenSetup.Options("one", "c1");
        options.ClusterAliases.Add("alias");
        var setup = new TokenSetup(options, TokenSetup.Options("two", "c2"));
        setup.Publish(0, _signer);
        setup.Publish(1, _signer);
        var token = _signer.Sign(setup.Claims());
        Assert.Equal("jwt:one", AuthenticatorOf(setup.Authenticate(token, "alias")));
        Assert.Equal("jwt:two", AuthenticatorOf(setup.Authenticate(token, "c2")));
        Assert.Equal(AuthenticationError.UnknownCluster, setup.Refusal(token, "c3"));
        Assert.Equal(AuthenticationError.UnknownCluster, setup.Refusal(token, "C1"));
    }

    [Fact]
    public void Without_keys_a_token_cannot_be_judged()
    {
        var setup = new TokenSetup(TokenSetup.Options());
        var outcome = setup.Authenticate(_signer.Sign(setup.Claims()));
        Assert.Equal(AuthenticationError.KeysNotLoaded, Assert.IsType<AuthenticationOutcome.Unavailable>(outcome).Reason);
    }

    [Fact]
    public void Keys_too_old_judge_no_token_cached_or_not()
    {
        var setup = TokenSetup.With(_signer, options => options.MaxStaleAge = TimeSpan.FromSeconds(20));
        var token = _signer.Sign(setup.Claims());
        Assert.Equal(AuthenticationError.None, setup.Refusal(token));
        setup.Clock.Advance(TimeSpan.FromSeconds(21));
        var outcome = setup.Authenticate(token);
        Assert.Equal(AuthenticationError.KeysTooOld, Assert.IsType<AuthenticationOutcome.Unavailable>(outcome).Reason);
        var other = _signer.Sign(setup.Claims(claims => claims["jti"] = "other"));
        Assert.IsType<AuthenticationOutcome.Unavailable>(setup.Authenticate(other));
    }

    [Fact]
    public void What_could_not_be_judged_outweighs_a_refusal()
    {
        var setup = new TokenSetup(TokenSetup.Options("one", "c1"), TokenSetup.Options("two", "c2"));
        using var other = new TestTokenSigner("ES256", "other");
        setup.Publish(0, other);
        Assert.IsType<AuthenticationOutcome.Unavailable>(setup.Authenticate(_signer.Sign(setup.Claims())));
    }

    [Fact]
    public void An_algorithm_that_the_issuer_does_not_allow_is_refused()
    {
        var setup = TokenSetup.With(_signer, options => options.AllowedAlgorithms.Add("RS256"));
        Assert.Equal(AuthenticationError.AlgorithmNotAllowed, setup.Refusal(_signer.Sign(setup.Claims())));
    }

    [Fact]
    public void An_issuer_may_name_another_trust_domain_and_audience()
    {
        var setup = TokenSetup.With(_signer, options =>
        {
            options.TrustDomain = "east.example";
            options.Audiences.Add("mesh");
        });
        var mesh = _signer.Sign(setup.Claims(claims => claims["aud"] = "mesh"));
        var caller = Assert.IsType<AuthenticationOutcome.Authenticated>(setup.Authenticate(mesh)).Caller;
        Assert.Equal("spiffe://east.example/ns/shop/sa/cart", caller.Id.ToString());
        Assert.Equal(AuthenticationError.WrongAudience, setup.Refusal(_signer.Sign(setup.Claims())));
    }

    [Fact]
    public void A_token_of_a_new_key_is_unavailable_while_the_issuer_is_read_and_then_authenticates()
    {
        using var next = new TestTokenSigner("ES256", "k2");
        var token = next.Sign(_setup.Claims());
        _setup.Clock.Advance(IssuerKeyRing.MinRefreshSpacing);
        Assert.Equal(AuthenticationError.KeyAwaited, Unavailable(token));
        Assert.True(IsReadAskedFor());
        Assert.Equal(AuthenticationError.KeyAwaited, Unavailable(token));
        Assert.False(IsReadAskedFor());
        _setup.Publish(0, _signer, next);
        Assert.IsType<AuthenticationOutcome.Authenticated>(_setup.Authenticate(token));
    }

    [Fact]
    public void A_key_that_the_read_did_not_bring_is_unknown()
    {
        using var other = new TestTokenSigner("ES256", "other");
        var token = other.Sign(_setup.Claims());
        _setup.Clock.Advance(IssuerKeyRing.MinRefreshSpacing);
        Assert.Equal(AuthenticationError.KeyAwaited, Unavailable(token));
        Assert.True(IsReadAskedFor());
        _setup.Publish(0, _signer);
        Assert.Equal(AuthenticationError.UnknownKey, Refused(token));
        Assert.False(IsReadAskedFor());
    }

    [Fact]
    public void A_key_is_awaited_while_the_issuer_cannot_be_read()
    {
        using var other = new TestTokenSigner("ES256", "other");
        var token = other.Sign(_setup.Claims());
        _setup.Issuers.Rings[0].NoteFailure(_setup.Now);
        Assert.Equal(AuthenticationError.KeyAwaited, Unavailable(token));
        _setup.Publish(0, _signer);
        Assert.Equal(AuthenticationError.UnknownKey, Refused(token));
    }

    [Fact]
    public void A_flood_of_made_up_keys_causes_spaced_reads_and_is_refused_between_them()
    {
        var good = _signer.Sign(_setup.Claims());
        var (reads, unavailable) = (0, 0);
        for (var second = 0; second < 600; second++)
        {
            using var forger = new TestTokenSigner("ES256", $"made-up-{second}");
            unavailable += _setup.Authenticate(forger.Sign(_setup.Claims())) is AuthenticationOutcome.Unavailable ? 1 : 0;
            Assert.IsType<AuthenticationOutcome.Authenticated>(_setup.Authenticate(good));
            _setup.Clock.Advance(TimeSpan.FromSeconds(1));
            if (IsReadAskedFor())
            {
                reads++;
                _setup.Publish(0, _signer);
            }
        }

        // A read each 10 s from the end of the one before, and each takes 1 s.
        Assert.Equal(600 / 11, reads);
        Assert.Equal(reads, unavailable);
    }

    [Theory]
    [InlineData("iss", (int)AuthenticationError.UnknownIssuer)]
    [InlineData("aud", (int)AuthenticationError.WrongAudience)]
    [InlineData("exp", (int)AuthenticationError.NoExpiry)]
    public void A_token_refused_for_its_claims_asks_for_no_read(string missing, int expected)
    {
        using var other = new TestTokenSigner("ES256", "other");
        _setup.Clock.Advance(IssuerKeyRing.MinRefreshSpacing);
        Assert.Equal((AuthenticationError)expected, Refused(other.Sign(_setup.Claims(claims => claims.Remove(missing)))));
        Assert.False(IsReadAskedFor());
    }

    [Fact]
    public async Task First_uses_at_once_all_authenticate_and_leave_one_entry()
    {
        var token = _signer.Sign(_setup.Claims());
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => _setup.Authenticate(token))));
        Assert.All(outcomes, outcome => Assert.IsType<AuthenticationOutcome.Authenticated>(outcome));
        Assert.Equal(1, _setup.Cache.Count);
    }

    [Theory]
    [InlineData(CompactJws.MaxLength, (int)AuthenticationError.NotCompactJws)]
    [InlineData(CompactJws.MaxLength + 1, (int)AuthenticationError.TokenTooLong)]
    public void A_token_is_measured_before_it_is_read(int length, int expected) =>
        Assert.Equal((AuthenticationError)expected, _setup.Refusal(new string('a', length)));

    [Fact]
    public async Task A_call_without_token_is_for_other_authenticators()
    {
        var credentials = CallCredentials.From(["bearer x"], [], default);
        Assert.Null(await _setup.Authenticator.AuthenticateAsync(credentials, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_refusal_never_repeats_what_was_shown_unprintable()
    {
        var token = _signer.Sign(_setup.Claims(claims => claims["sub"] = "evil\r\n\u001b[31m`" + new string('x', 500)));
        var refused = Assert.IsType<AuthenticationOutcome.Refused>(_setup.Authenticate(token));
        Assert.DoesNotContain(refused.Detail, char.IsControl);
        Assert.InRange(refused.Detail.Length, 10, 200);
    }

    private AuthenticationError Unavailable(string token) =>
        Assert.IsType<AuthenticationOutcome.Unavailable>(_setup.Authenticate(token)).Reason;

    private AuthenticationError Refused(string token) =>
        Assert.IsType<AuthenticationOutcome.Refused>(_setup.Authenticate(token)).Reason;

    private bool IsReadAskedFor()
    {
        using var stop = new CancellationTokenSource();
        var asked = _setup.Issuers.Rings[0].WaitAsync(stop.Token).IsCompletedSuccessfully;
        stop.Cancel();
        return asked;
    }

    private static string AuthenticatorOf(AuthenticationOutcome outcome) =>
        Assert.IsType<AuthenticationOutcome.Authenticated>(outcome).Caller.Evidence.Authenticator;
}
