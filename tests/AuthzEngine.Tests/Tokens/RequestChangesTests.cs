using AuthzEngine.Policies;
using AuthzEngine.Requests;
using AuthzEngine.Tests.Spec;
using AuthzEngine.Tokens;
using Xunit;

namespace AuthzEngine.Tests.Tokens;

public sealed class RequestChangesTests
{
    private const string Token = "h.eyJpc3MiOiJpIn0.s";
    private const string Payload = """
        {"iss":"i","sub":"me","n":7,"e":1e3,"neg":-5,"half":1.5,"big":18446744073709551616,"yes":true,"nothing":null,"empty":"",
         "line":"a\r\nb","org":{"team":{"name":"x"}},"roles":["a",1],"a.b":"dotted","none":{}}
        """;

    private static readonly JwtRule Rule = new()
    {
        Issuer = "i",
        OutputPayloadToHeader = "X-Payload",
        OutputClaimToHeaders = [new("X-Sub", "sub"), new("X-Missing", "missing")],
    };

    [Fact]
    public void The_token_is_removed_from_where_it_stands()
    {
        var (changes, seen) = Change(Rule, Headers(("authorization", "Bearer " + Token)), "/?access_token=" + Token + "&x=%20y");
        Assert.Equal(0, seen.Headers!.Find("authorization").Count);
        Assert.Equal("/?x=%20y", seen.Path);
        Assert.Equal(["access_token"], changes.RemovedParameters);
        Assert.Null(changes.Headers["authorization"]);
    }

    [Theory]
    [InlineData("/p?access_token=TOKEN", "/p")]
    [InlineData("/p?access%5Ftoken=TOKEN", "/p")]
    [InlineData("/p?a&access_token=TOKEN&b=%41&access_token=TOKEN", "/p?a&b=%41")]
    public void Other_parameters_stay_as_they_are_written(string path, string left) =>
        Assert.Equal(left, Change(Rule, Headers(), path.Replace("TOKEN", Token, StringComparison.Ordinal)).Seen.Path);

    [Fact]
    public void A_token_that_is_to_be_forwarded_stays()
    {
        var (changes, seen) = Change(Rule with { ForwardOriginalToken = true }, Headers(("authorization", "Bearer " + Token)), "/?access_token=" + Token);
        Assert.Equal("Bearer " + Token, seen.Headers!.Find("authorization")[0]);
        Assert.Equal("/?access_token=" + Token, seen.Path);
        Assert.Empty(changes.RemovedParameters);
    }

    [Fact]
    public void A_cookie_that_holds_a_token_stays()
    {
        var cookie = "session=" + Token;
        var (changes, seen) = Change(Rule with { FromCookies = ["session"] }, Headers(("cookie", cookie)));
        Assert.Equal(cookie, seen.Headers!.Find("cookie")[0]);
        Assert.DoesNotContain("cookie", changes.Headers.Keys);
    }

    [Fact]
    public void Payload_and_claims_overwrite_what_the_client_sends()
    {
        var headers = Headers(("authorization", "Bearer " + Token), ("x-payload", "forged"), ("x-sub", "admin"), ("x-missing", "forged"), ("x-other", "kept"));
        var seen = Change(Rule, headers).Seen.Headers!;
        Assert.Equal("eyJpc3MiOiJpIn0", seen.Find("x-payload")[0]);
        Assert.Equal("me", seen.Find("x-sub")[0]);
        Assert.Equal(0, seen.Find("x-missing").Count);
        Assert.Equal("kept", seen.Find("x-other")[0]);
    }

    [Fact]
    public void Without_a_token_nobody_else_sets_these_headers()
    {
        var (changes, seen) = Change(Rule, Headers(("x-payload", "forged"), ("x-sub", "admin")));
        Assert.Equal(0, seen.Headers!.Find("x-payload").Count + seen.Headers.Find("x-sub").Count);
        Assert.Equal(["x-missing", "x-payload", "x-sub"], changes.Headers.Keys.Order());
        Assert.All(changes.Headers.Values, Assert.Null);
    }

    [Fact]
    public void Headers_of_rules_that_did_not_accept_the_token_are_removed_as_well()
    {
        var other = new JwtRule { Issuer = "other", OutputClaimToHeaders = [new("x-role", "role")] };
        var seen = Change([other, Rule], Headers(("authorization", "Bearer " + Token), ("x-role", "admin"))).Seen;
        Assert.Equal(0, seen.Headers!.Find("x-role").Count);
    }

    [Fact]
    public void Rules_that_set_no_headers_leave_the_headers_alone()
    {
        var headers = Headers(("x-sub", "me"));
        Assert.Same(headers, Change(new JwtRule { Issuer = "i" }, headers).Seen.Headers);
    }

    [Theory]
    [InlineData("sub", "me")]
    [InlineData("n", "7")]
    [InlineData("e", "1000")]
    [InlineData("neg", "-5.000000")]
    [InlineData("half", "1.500000")]
    [InlineData("big", "18446744073709551616.000000")]
    [InlineData("yes", "true")]
    [InlineData("org.team.name", "x")]
    [InlineData("roles", "WyJhIiwxXQ==")]
    [InlineData("org.team", "eyJuYW1lIjoieCJ9")]
    [InlineData("none", "e30=")]
    [InlineData("nothing", null)]
    [InlineData("empty", null)]
    [InlineData("a.b", null)]
    [InlineData("sub.x", null)]
    [InlineData("line", null)]
    public void Claims_become_text(string claim, string? text)
    {
        var rule = new JwtRule { Issuer = "i", OutputClaimToHeaders = [new("x-claim", claim)] };
        Assert.Equal(text, Change(rule, Headers(("authorization", "Bearer " + Token))).Changes.Headers["x-claim"]);
    }

    [Fact]
    public void Custom_rules_see_the_headers_as_they_came()
    {
        var custom = Written.Policy(PolicyAction.Custom, Written.When("request.headers[authorization]", "*"));
        var deny = Written.Deny(Written.When("request.headers[authorization]", "*"));
        var seen = Change(Rule, Headers(("authorization", "Bearer " + Token))).Seen;
        Assert.True(custom.Rules[0]!.Matches(in seen, PolicyAction.Custom));
        Assert.False(deny.Rules[0]!.Matches(in seen));
    }

    private static TestHeaders Headers(params (string Name, string Value)[] headers)
    {
        var lines = new TestHeaders();
        foreach (var (name, value) in headers)
        {
            lines[name] = [value];
        }

        return lines;
    }

    private static (RequestChanges Changes, RequestAttributes Seen) Change(JwtRule rule, TestHeaders headers, string path = "/") =>
        Change([rule], headers, path);

    private static (RequestChanges Changes, RequestAttributes Seen) Change(JwtRule[] written, TestHeaders headers, string path = "/")
    {
        var rules = TokenRules.Of(written)!;
        var request = new RequestAttributes { Headers = headers, Path = path };
        var outcome = rules.Authenticate(in request, new FakeVerifier { [Token] = Payload }, DateTimeOffset.UnixEpoch);
        var changes = RequestChanges.Of(rules, outcome);
        return (changes, changes.ApplyTo(in request));
    }
}
