using AuthzEngine.Policies;
using AuthzEngine.Requests;
using AuthzEngine.Tests.Spec;
using AuthzEngine.Tokens;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Tokens;

public sealed class TokenRulesTests
{
    private static readonly JwtRule Everywhere = new()
    {
        Issuer = "i",
        FromHeaders = [new("Authorization", "Bearer "), new("x-raw", "")],
        FromParams = ["t", "%"],
        FromCookies = ["c"],
        OutputPayloadToHeader = "x-out",
    };

    [Fact]
    public void No_rules_look_for_nothing() => Assert.Null(TokenRules.Of([]));

    [Fact]
    public void The_attributes_that_tokens_stand_in_are_known()
    {
        Assert.Equal(AttributeKinds.Headers | AttributeKinds.Path, TokenRules.Of([new() { Issuer = "i" }])!.Reads);
        Assert.Equal(AttributeKinds.Headers, TokenRules.Of([new() { Issuer = "i", FromCookies = ["c"] }])!.Reads);
        Assert.Equal(AttributeKinds.Path, TokenRules.Of([new() { Issuer = "i", FromParams = ["t"] }])!.Reads);
    }

    [Fact]
    public void Places_are_searched_headers_first_each_kind_by_name_and_once()
    {
        var rule = new JwtRule
        {
            FromHeaders = [new("X-B", ""), null, new("x-a", "p "), new("x-b", "")],
            FromParams = ["z", "y"],
            FromCookies = ["c"],
        };
        Assert.Equal(
            ["header `x-a`", "header `x-b`", "parameter `y`", "parameter `z`", "cookie `c`"],
            TokenLocation.Of(rule).Select(location => location.ToString()));
        Assert.Equal(["header `authorization`", "parameter `access_token`"], TokenLocation.Of(new()).Select(location => location.ToString()));
    }

    [Fact]
    public void Pseudo_headers_are_never_asked_for()
    {
        var rules = TokenRules.Of([new() { Issuer = "i", FromHeaders = [new(":authority", "")] }])!;
        var request = new RequestAttributes { Headers = new TestHeaders { [":authority"] = ["x"] } };
        Assert.Equal(TokenState.Absent, rules.Authenticate(in request, new FakeVerifier(), default).State);
    }

    [Fact]
    public void Arbitrary_requests_are_judged_without_a_throw_and_changed_without_a_trace_of_accepted_tokens() =>
        Prop.ForAll<string, string, string>((path, header, cookie) =>
        {
            var bearer = path?.Length % 2 == 0;
            var rules = TokenRules.Of([Everywhere])!;
            var headers = new TestHeaders { ["cookie"] = [cookie ?? ""], ["x-out"] = ["forged"] };
            headers[bearer ? "authorization" : "x-raw"] = [header ?? ""];
            var request = new RequestAttributes { Path = path, Headers = headers };
            var outcome = rules.Authenticate(in request, new FakeVerifier(), default);
            var seen = RequestChanges.Of(rules, outcome).ApplyTo(in request);
            return outcome.State is TokenState.Absent or TokenState.Invalid && seen.Headers!.Find("x-out").Count == 0 && seen.Path == path;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_parameter_is_found_wherever_it_stands_and_taken_out_again() =>
        Prop.ForAll(Queries.ToArbitrary(), Queries.ToArbitrary(), (before, after) =>
        {
            var plain = string.Join('&', before.Concat(after));
            var query = string.Join('&', [.. before, "%74=a.b.c", .. after]);
            var verifier = new FakeVerifier { ["a.b.c"] = """{"iss":"i"}""" };
            var rules = TokenRules.Of([Everywhere])!;
            var request = new RequestAttributes { Path = "/x?" + query, Headers = new TestHeaders() };
            var outcome = rules.Authenticate(in request, verifier, default);
            var left = RequestChanges.Of(rules, outcome).ApplyTo(in request).Path;
            return outcome.State == TokenState.Verified && left == (plain.Length > 0 ? "/x?" + plain : "/x");
        }).QuickCheckThrowOnFailure();

    private static Gen<string[]> Queries => Gen.Elements("a", "b=1", "tt=x", "T=y", "%41=%2", "=z", "a=t=1").ArrayOf().Select(parts => parts.Take(5).ToArray());
}
