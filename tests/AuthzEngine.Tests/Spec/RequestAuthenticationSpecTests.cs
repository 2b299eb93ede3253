using AuthzEngine.Policies;
using AuthzEngine.Requests;
using AuthzEngine.Tests.Tokens;
using AuthzEngine.Tokens;
using Xunit;

namespace AuthzEngine.Tests.Spec;

/// <summary>Authorization-policy §7.2: what becomes of the tokens of a request.</summary>
public sealed class RequestAuthenticationSpecTests
{
    private const string Good = "a.good.token";
    private const string Claims = """{"iss":"https://a.example","sub":"me","aud":["shop","other"]}""";

    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private static readonly JwtRule A = new() { Issuer = "https://a.example" };
    private static readonly JwtRule B = new() { Issuer = "https://b.example" };

    private readonly FakeVerifier _verifier = new()
    {
        [Good] = Claims,
        ["b.good.token"] = """{"iss":"https://b.example","sub":"you"}""",
        [FakeVerifier.Forged] = Claims,
    };

    [Theory]
    [InlineData(null, null, TokenState.Absent, TokenFault.None)]
    [InlineData("Bearer a.good.token", null, TokenState.Verified, TokenFault.None)]
    [InlineData("Bearer  a.good.token", null, TokenState.Verified, TokenFault.None)]
    [InlineData("bearer a.good.token", null, TokenState.Absent, TokenFault.None)]
    [InlineData("Bearera.good.token", null, TokenState.Absent, TokenFault.None)]
    [InlineData("a.good.token", null, TokenState.Absent, TokenFault.None)]
    [InlineData("Basic abc", null, TokenState.Absent, TokenFault.None)]
    [InlineData("Bearer ", null, TokenState.Invalid, TokenFault.Malformed)]
    [InlineData("Bearer nonsense", null, TokenState.Invalid, TokenFault.Malformed)]
    [InlineData("Bearer forged", null, TokenState.Invalid, TokenFault.BadSignature)]
    [InlineData("Bearer b.good.token", null, TokenState.Invalid, TokenFault.UnknownIssuer)]
    [InlineData(null, "/?access_token=a.good.token", TokenState.Verified, TokenFault.None)]
    [InlineData(null, "/?x=1&access%5ftoken=a%2Egood%2Etoken&y", TokenState.Verified, TokenFault.None)]
    [InlineData(null, "/?access_token=nonsense", TokenState.Invalid, TokenFault.Malformed)]
    [InlineData(null, "/?access_token", TokenState.Invalid, TokenFault.Malformed)]
    [InlineData(null, "/?ACCESS_TOKEN=nonsense&xaccess_token=nonsense", TokenState.Absent, TokenFault.None)]
    [InlineData(null, "/access_token=nonsense", TokenState.Absent, TokenFault.None)]
    public void S7_2_tokens_are_looked_for_in_authorization_and_access_token(
        string? authorization, string? path, TokenState state, TokenFault fault)
    {
        var outcome = Authenticate(Request(path, ("authorization", authorization)), A);
        Assert.Equal((state, fault), (outcome.State, outcome.Fault));
    }

    [Theory]
    [InlineData("authorization", "Bearer nonsense")]
    [InlineData("x-other", "nonsense")]
    [InlineData("x-jwt", "jwt nonsense")]
    [InlineData("cookie", "sessions=nonsense; Session=nonsense")]
    public void S7_2_a_token_where_no_rule_looks_is_ignored(string header, string value)
    {
        var rule = A with { FromHeaders = [new("X-Jwt", "JWT ")], FromParams = ["token"], FromCookies = ["session"] };
        Assert.Equal(TokenState.Absent, Authenticate(Request("/?access_token=nonsense", (header, value)), rule).State);
        Assert.Empty(_verifier.Reads);
    }

    [Theory]
    [InlineData("x-jwt", "JWT a.good.token", "/")]
    [InlineData("x-raw", "a.good.token", "/")]
    [InlineData("cookie", "x=y; session=a.good.token; z", "/")]
    [InlineData("cookie", "session=\"a.good.token\"; session=nonsense", "/")]
    [InlineData("x-none", "", "/?token=a.good.token&token=nonsense")]
    public void S7_2_a_token_is_taken_from_each_place_that_a_rule_names(string header, string value, string path)
    {
        var rule = A with { FromHeaders = [new("X-Jwt", "JWT "), new("X-Raw", "")], FromParams = ["token"], FromCookies = ["session"] };
        Assert.Equal(TokenState.Verified, Authenticate(Request(path, (header, value)), rule).State);
    }

    // Seconds from now: expiry, begin (0: not claimed).
    [Theory]
    [InlineData(0, 0, TokenFault.None)]
    [InlineData(1, -1, TokenFault.None)]
    [InlineData(-60, 0, TokenFault.None)]
    [InlineData(-61, 0, TokenFault.Expired)]
    [InlineData(0, 60, TokenFault.None)]
    [InlineData(0, 61, TokenFault.NotYetValid)]
    public void S7_2_times_are_judged_with_a_skew_of_60_seconds(int expiry, int begin, TokenFault fault)
    {
        var times = (expiry == 0 ? "" : $",\"exp\":{Now.ToUnixTimeSeconds() + expiry}") + (begin == 0 ? "" : $",\"nbf\":{Now.ToUnixTimeSeconds() + begin}");
        Assert.Equal(fault, FaultOf($$"""{"iss":"https://a.example"{{times}}}""", A));
    }

    [Theory]
    [InlineData("""{"iss":"https://a.example"}""", TokenFault.None)]
    [InlineData("""{"iss":"https://a.example/"}""", TokenFault.UnknownIssuer)]
    [InlineData("""{"iss":"https://A.example"}""", TokenFault.UnknownIssuer)]
    [InlineData("{}", TokenFault.UnknownIssuer)]
    [InlineData("""{"iss":7}""", TokenFault.Malformed)]
    [InlineData("""{"iss":null}""", TokenFault.Malformed)]
    [InlineData("""{"iss":"https://a.example","sub":7}""", TokenFault.Malformed)]
    [InlineData("""{"iss":"https://a.example","sub":["me"]}""", TokenFault.Malformed)]
    [InlineData("""{"iss":"https://a.example","aud":7}""", TokenFault.Malformed)]
    [InlineData("""{"iss":"https://a.example","aud":["shop",7]}""", TokenFault.Malformed)]
    [InlineData("""{"iss":"https://a.example","aud":[]}""", TokenFault.None)]
    [InlineData("""{"iss":"https://a.example","exp":"tomorrow"}""", TokenFault.Malformed)]
    [InlineData("""{"iss":"https://a.example","exp":-1}""", TokenFault.Malformed)]
    [InlineData("""{"iss":"https://a.example","exp":1e300}""", TokenFault.Malformed)]
    [InlineData("""{"iss":"https://a.example","exp":1e999}""", TokenFault.Malformed)]
    [InlineData("""{"iss":"https://a.example","nbf":{}}""", TokenFault.Malformed)]
    public void S7_2_claims_have_their_types_and_the_issuer_is_the_rules(string claims, TokenFault fault) =>
        Assert.Equal(fault, FaultOf(claims, A));

    [Fact]
    public void S7_2_a_rule_without_issuer_takes_any() =>
        Assert.Equal(TokenFault.None, FaultOf("""{"iss":"https://anyone.example"}""", A with { Issuer = "", JwksUri = "https://keys.example" }));

    [Theory]
    [InlineData("\"shop\"", TokenState.Verified)]
    [InlineData("[\"x\",\"cart\"]", TokenState.Verified)]
    [InlineData("\"Shop\"", TokenState.AudienceRefused)]
    [InlineData("[\"x\"]", TokenState.AudienceRefused)]
    [InlineData("[]", TokenState.AudienceRefused)]
    [InlineData(null, TokenState.AudienceRefused)]
    public void S7_2_a_token_names_one_of_the_audiences_or_is_refused_for_that(string? audience, TokenState state)
    {
        _verifier["t"] = """{"iss":"https://a.example"}""".Replace("}", audience is null ? "}" : $",\"aud\":{audience}}}", StringComparison.Ordinal);
        Assert.Equal(state, Authenticate(Bearer("t"), A with { Audiences = ["shop", "cart"] }).State);
    }

    [Theory]
    [InlineData("OPTIONS", "https://x.example", "GET", TokenState.Absent)]
    [InlineData("GET", "https://x.example", "GET", TokenState.Invalid)]
    [InlineData("options", "https://x.example", "GET", TokenState.Invalid)]
    [InlineData("OPTIONS", null, "GET", TokenState.Invalid)]
    [InlineData("OPTIONS", "https://x.example", "", TokenState.Invalid)]
    public void S7_2_preflight_requests_bypass(string method, string? origin, string? asked, TokenState state)
    {
        var request = Request("/", ("authorization", "Bearer nonsense"), ("origin", origin), ("access-control-request-method", asked));
        Assert.Equal(state, Authenticate(request with { Method = method }, A).State);
    }

    [Fact]
    public void S7_2_a_connection_that_is_not_http_has_no_tokens() => Assert.Equal(
        TokenState.Absent, Authenticate(Bearer("nonsense") with { Protocol = RequestProtocol.Tcp }, A).State);

    [Fact]
    public void S7_2_any_of_several_rules_may_accept()
    {
        Assert.Same(A, Authenticate(Bearer(Good), A, B).Rule);
        Assert.Same(B, Authenticate(Bearer("b.good.token"), A, B).Rule);
        Assert.Equal(TokenFault.BadSignature, Authenticate(Bearer(FakeVerifier.Forged), A, B).Fault);
        Assert.Equal(TokenFault.UnknownIssuer, Authenticate(Bearer(Good), B, B).Fault);
    }

    [Fact]
    public void S7_2_the_first_rule_that_accepts_wins_where_each_looks_elsewhere()
    {
        var elsewhere = B with { FromHeaders = [new("x-b", "")] };
        var both = Request("/", ("authorization", "Bearer " + Good), ("x-b", "b.good.token"));
        Assert.Same(A, Authenticate(both, A, elsewhere).Rule);
        Assert.Same(elsewhere, Authenticate(both, elsewhere, A).Rule);
        var oneBad = Request("/", ("authorization", "Bearer nonsense"), ("x-b", "b.good.token"));
        Assert.Same(elsewhere, Authenticate(oneBad, A, elsewhere).Rule);
    }

    [Theory]
    [InlineData(Good, Good, TokenState.Verified)]
    [InlineData(Good, "nonsense", TokenState.Invalid)]
    [InlineData("nonsense", Good, TokenState.Invalid)]
    [InlineData(Good, "b.good.token", TokenState.Invalid)]
    public void S7_2_a_good_token_does_not_carry_a_bad_one_past_the_same_rule(string header, string parameter, TokenState state) =>
        Assert.Equal(state, Authenticate(Request("/?access_token=" + parameter, ("authorization", "Bearer " + header)), A, B).State);

    [Fact]
    public void S7_2_a_token_refused_by_one_rule_is_not_absent_for_the_others() => Assert.Equal(
        TokenState.Invalid, Authenticate(Bearer("nonsense"), A, B with { FromHeaders = [new("x-b", "")] }).State);

    [Fact]
    public void S7_2_wrong_audience_outweighs_a_rule_of_another_issuer()
    {
        var strict = A with { Audiences = ["elsewhere"] };
        Assert.Equal(TokenState.AudienceRefused, Authenticate(Bearer(Good), strict, B).State);
        Assert.Equal(TokenState.AudienceRefused, Authenticate(Bearer(Good), B, strict).State);
    }

    [Fact]
    public void Each_token_is_taken_apart_once_and_its_signature_checked_only_where_its_claims_fit()
    {
        Authenticate(Bearer(FakeVerifier.Forged), B, A, B);
        Assert.Equal([FakeVerifier.Forged], _verifier.Reads);
        Assert.Equal(1, _verifier.Checks);
    }

    [Theory]
    [InlineData(16, TokenFault.None)]
    [InlineData(17, TokenFault.TooManyTokens)]
    public void A_request_has_at_most_16_tokens(int tokens, TokenFault fault)
    {
        var headers = new TestHeaders { ["authorization"] = [.. Enumerable.Repeat("Bearer " + Good, tokens)] };
        Assert.Equal(fault, Authenticate(new RequestAttributes { Headers = headers }, A).Fault);
    }

    private static RequestAttributes Bearer(string token) => Request("/", ("authorization", "Bearer " + token));

    private static RequestAttributes Request(string? path, params (string Name, string? Value)[] headers)
    {
        var lines = new TestHeaders();
        foreach (var (name, value) in headers)
        {
            if (value is not null)
            {
                lines[name] = [value];
            }
        }

        return new() { Method = "GET", Path = path, Headers = lines };
    }

    private TokenFault FaultOf(string claims, JwtRule rule)
    {
        _verifier["t"] = claims;
        return Authenticate(Bearer("t"), rule).Fault;
    }

    private TokenOutcome Authenticate(in RequestAttributes request, params JwtRule[] rules) =>
        TokenRules.Of(rules)!.Authenticate(in request, _verifier, Now);
}
