using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AuthzEngine.Policies;
using AuthzEngine.Tokens;
using FsCheck;
using FsCheck.Fluent;
using MeshCA.Authentication.Tokens;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.RequestTokens;

public sealed class RequestTokenVerifierTests : IDisposable
{
    private readonly RequestTokenSetup _setup = new();
    private readonly TestTokenSigner _signer = new("ES256", "k1");
    private readonly TestTokenSigner _other = new("ES256", "k2");

    public void Dispose()
    {
        _setup.Dispose();
        _signer.Dispose();
        _other.Dispose();
    }

    [Theory]
    [InlineData("RS256"), InlineData("RS384"), InlineData("RS512"), InlineData("PS256"), InlineData("PS512")]
    [InlineData("ES256"), InlineData("ES384"), InlineData("ES512")]
    public void A_token_signed_with_the_rule_s_key_is_verified(string algorithm)
    {
        using var signer = new TestTokenSigner(algorithm, "k");
        Assert.Equal(TokenFault.None, Judge(signer.Sign(_setup.Claims()), RequestTokenSetup.Rule(signer)));
    }

    [Fact]
    public void Claims_that_envoy_does_not_ask_for_may_be_missing_or_odd()
    {
        Assert.Equal(TokenFault.None, Judge(_signer.Sign(new JsonObject { ["iss"] = RequestTokenSetup.Issuer }), RequestTokenSetup.Rule(_signer)));
        var odd = _setup.Claims();
        odd["jti"] = "ein Schlüssel";
        odd["kubernetes.io"] = 7;
        odd["exp"] = _setup.Clock.GetUtcNow().AddHours(1).ToUnixTimeSeconds() + 0.5;
        odd["aud"] = new JsonArray("a", "b");
        odd["deep"] = JsonNode.Parse(new string('[', 25) + new string(']', 25));
        Assert.Equal(TokenFault.None, Judge(_signer.Sign(odd), RequestTokenSetup.Rule(_signer)));
        odd["aud"] = "";
        Assert.Equal(TokenFault.None, Judge(_signer.Sign(odd), RequestTokenSetup.Rule(_signer)));
    }

    [Theory]
    [InlineData("at+jwt"), InlineData("JWT"), InlineData("application/at+jwt")]
    public void Any_type_of_token_is_taken_as_envoy_does(string type) =>
        Assert.Equal(TokenFault.None, Judge(Sign(header => header["typ"] = type), RequestTokenSetup.Rule(_signer)));

    [Fact]
    public void A_forged_signature_is_refused()
    {
        using var impostor = new TestTokenSigner("ES256", "k1");
        Assert.Equal(TokenFault.BadSignature, Judge(impostor.Sign(_setup.Claims()), RequestTokenSetup.Rule(_signer)));
    }

    [Fact]
    public void A_changed_payload_is_refused()
    {
        var parts = _signer.Sign(_setup.Claims()).Split('.');
        var claims = _setup.Claims();
        claims["sub"] = "admin";
        parts[1] = TestTokenSigner.Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()));
        Assert.Equal(TokenFault.BadSignature, Judge(string.Join('.', parts), RequestTokenSetup.Rule(_signer)));
    }

    [Theory]
    [InlineData("none"), InlineData("HS256"), InlineData("EdDSA"), InlineData("es256"), InlineData("")]
    public void Algorithms_that_public_keys_do_not_verify_are_refused(string algorithm) =>
        Assert.Equal(TokenFault.Malformed, Judge(Sign(header => header["alg"] = algorithm), RequestTokenSetup.Rule(_signer)));

    [Fact]
    public void A_public_key_is_no_shared_secret()
    {
        var jwks = TestTokenSigner.KeySet(_signer);
        var signed = $"{TestTokenSigner.Encode("""{"alg":"HS256","kid":"k1"}"""u8)}.{TestTokenSigner.Encode(Encoding.UTF8.GetBytes(_setup.Claims().ToJsonString()))}";
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(jwks), Encoding.ASCII.GetBytes(signed));
        Assert.Equal(TokenFault.Malformed, Judge($"{signed}.{TestTokenSigner.Encode(mac)}", RequestTokenSetup.Rule(_signer)));
    }

    [Fact]
    public void Critical_headers_are_refused() =>
        Assert.Equal(TokenFault.Malformed, Judge(Sign(header => header["crit"] = new JsonArray("x")), RequestTokenSetup.Rule(_signer)));

    [Theory]
    [InlineData(""), InlineData("a"), InlineData("a.b.c"), InlineData("..."), InlineData("a.b.c.d.e"), InlineData("é.é.é")]
    public void What_is_no_token_is_malformed(string text) => Assert.Equal(TokenFault.Malformed, Judge(text, RequestTokenSetup.Rule(_signer)));

    [Fact]
    public void A_member_given_twice_is_malformed() => Assert.Equal(
        TokenFault.Malformed,
        Judge(_signer.Sign(_signer.Header(), $$"""{"iss":"{{RequestTokenSetup.Issuer}}","sub":"me","sub":"admin"}"""), RequestTokenSetup.Rule(_signer)));

    [Fact]
    public void A_token_that_is_too_long_is_malformed_whatever_it_says()
    {
        var claims = _setup.Claims();
        claims["long"] = new string('x', CompactJws.MaxLength);
        Assert.Equal(TokenFault.Malformed, Judge(_signer.Sign(claims), RequestTokenSetup.Rule(_signer)));
    }

    [Fact]
    public void A_key_of_another_id_is_not_tried() =>
        Assert.Equal(TokenFault.UnknownKey, Judge(_signer.Sign(_setup.Claims()), RequestTokenSetup.Rule(_other)));

    [Fact]
    public void A_token_without_key_id_is_tried_with_every_key() =>
        Assert.Equal(TokenFault.None, Judge(Sign(header => header.Remove("kid")), RequestTokenSetup.Rule(_other, _signer)));

    [Fact]
    public void A_key_without_id_is_tried_for_every_token()
    {
        var jwk = _signer.Jwk();
        jwk.Remove("kid");
        Assert.Equal(TokenFault.None, Judge(_signer.Sign(_setup.Claims()), new JwtRule { Issuer = RequestTokenSetup.Issuer, Jwks = TestTokenSigner.KeySet(jwk) }));
    }

    [Theory]
    [InlineData("{}"), InlineData("nonsense"), InlineData("{\"keys\":[]}"), InlineData("{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}")]
    public void A_rule_whose_keys_are_of_no_use_refuses_every_token_and_says_so(string jwks)
    {
        Assert.Equal(TokenFault.KeysUnavailable, Judge(_signer.Sign(_setup.Claims()), new JwtRule { Issuer = RequestTokenSetup.Issuer, Jwks = jwks }));
        Assert.Contains(_setup.Logger.Entries, entry => entry.EventId == 8105);
    }

    [Fact]
    public void A_rule_whose_keys_were_not_fetched_refuses_every_token() =>
        Assert.Equal(TokenFault.KeysUnavailable, Judge(_signer.Sign(_setup.Claims()), new JwtRule { Issuer = RequestTokenSetup.Issuer }));

    [Fact]
    public void A_verified_token_counts_for_every_rule_that_trusts_its_key_and_for_no_other()
    {
        var token = _signer.Sign(_setup.Claims());
        Assert.Equal(TokenFault.None, Judge(token, RequestTokenSetup.Rule(_signer)));
        Assert.Equal(1, _setup.Cache.Count);
        Assert.Equal(TokenFault.None, Judge(token, RequestTokenSetup.Rule(_signer, _other)));
        Assert.Equal(TokenFault.UnknownKey, Judge(token, RequestTokenSetup.Rule(_other)));
        Assert.Equal(TokenFault.UnknownIssuer, Judge(token, RequestTokenSetup.Rule(_signer) with { Issuer = "https://other.example" }));
        Assert.Equal(TokenFault.AudienceRefused, Judge(token, RequestTokenSetup.Rule(_signer) with { Audiences = ["shop"] }));
    }

    [Fact]
    public void A_token_in_the_cache_expires_at_its_own_time()
    {
        var claims = _setup.Claims();
        claims["exp"] = _setup.Clock.GetUtcNow().AddSeconds(10).ToUnixTimeSeconds();
        var token = _signer.Sign(claims);
        Assert.Equal(TokenFault.None, Judge(token, RequestTokenSetup.Rule(_signer)));
        _setup.Clock.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(TokenFault.None, Judge(token, RequestTokenSetup.Rule(_signer)));
        _setup.Clock.Advance(TimeSpan.FromSeconds(21));
        Assert.Equal(TokenFault.Expired, Judge(token, RequestTokenSetup.Rule(_signer)));
    }

    [Fact]
    public void Refused_tokens_are_not_kept()
    {
        using var impostor = new TestTokenSigner("ES256", "k1");
        Judge(impostor.Sign(_setup.Claims()), RequestTokenSetup.Rule(_signer));
        Judge("nonsense", RequestTokenSetup.Rule(_signer));
        Assert.Equal(0, _setup.Cache.Count);
    }

    [Fact]
    public void Arbitrary_text_in_place_of_a_token_or_its_parts_never_throws_and_is_never_verified()
    {
        var rule = RequestTokenSetup.Rule(_signer);
        var good = _signer.Sign(_setup.Claims());
        Prop.ForAll<string, int, byte>((text, at, letter) =>
        {
            var changed = good.ToCharArray();
            changed[(int)(Math.Abs((long)at) % changed.Length)] = (char)letter;
            var flipped = new string(changed);
            return Judge(text ?? "", rule) != TokenFault.None
                && Judge(_signer.Sign(text ?? "", "{}"), rule) != TokenFault.None
                && Judge(_signer.Sign(_signer.Header(), text ?? ""), rule) != TokenFault.None
                && (flipped == good) == (Judge(flipped, rule) == TokenFault.None);
        }).QuickCheckThrowOnFailure();
    }

    private string Sign(Action<JsonObject> change)
    {
        var header = JsonNode.Parse(_signer.Header())!.AsObject();
        change(header);
        return _signer.Sign(header.ToJsonString(), _setup.Claims().ToJsonString());
    }

    private TokenFault Judge(string token, JwtRule rule)
    {
        var unprefixed = rule with { FromHeaders = [new("x-token", "")] };
        var request = RequestTokenSetup.Bearer("") with { Headers = new RequestTokenSetup.Headers { ["x-token"] = token } };
        return _setup.Authenticator.Authenticate(RequestTokenSetup.Policies(unprefixed), in request).Outcome!.Fault;
    }
}
