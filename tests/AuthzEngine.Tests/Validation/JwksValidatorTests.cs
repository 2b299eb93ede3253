using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;
using AuthzEngine.Validation;
using Xunit;

namespace AuthzEngine.Tests.Validation;

public sealed class JwksValidatorTests
{
    private const string Rsa = """{"kty":"RSA","n":"AQAB","e":"AQAB"}""";

    [Theory]
    [InlineData("""{"keys":[]}""", "")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}""", "")]
    [InlineData("""{"keys":[{"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB","kid":"a"}]}""", "")]
    [InlineData("""{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AQAB"}],"more":1}""", "")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}]}""", "jwks-private-key")]
    [InlineData("""{"keys":[{"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB","d":null}]}""", "jwks-private-key")]
    [InlineData("""{"keys":[{"kty":"oct","k":"AQAB"}]}""", "jwks-private-key")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"AQAB"}]}""", "jwks-invalid")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"AQ==","e":"AQAB"}]}""", "jwks-invalid")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"A QAB","e":"AQAB"}]}""", "jwks-invalid")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"A","e":"AQAB"}]}""", "jwks-invalid")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"","e":"AQAB"}]}""", "jwks-invalid")]
    [InlineData("""{"keys":[{"kty":"RSA","n":1,"e":"AQAB"}]}""", "jwks-invalid")]
    [InlineData("""{"keys":[{"kty":"EC","x":"AQAB","y":"AQAB"}]}""", "jwks-invalid")]
    [InlineData("""{"keys":[{"kty":"OKP","crv":"Ed25519"}]}""", "jwks-invalid")]
    [InlineData("""{"keys":[{"kty":"oct"}]}""", "jwks-invalid")]
    [InlineData("""{"keys":[{"kty":"new","x":"AQAB"}]}""", "jwks-invalid")]
    [InlineData("""{"keys":[{}]}""", "jwks-invalid")]
    [InlineData("""{"keys":["a"]}""", "jwks-invalid")]
    [InlineData("""{"keys":{}}""", "jwks-invalid")]
    [InlineData("{}", "jwks-invalid")]
    [InlineData(Rsa, "jwks-invalid")] // a key is no set: Envoy wants `keys`
    [InlineData("[]", "jwks-invalid")]
    [InlineData("not json", "jwks-invalid")]
    [InlineData("""{"keys":[]} {}""", "jwks-invalid")]
    [InlineData("""{"keys":[{"kty":"\ud800"}]}""", "jwks-invalid")]
    public void A_set_is_an_object_with_whole_keys(string text, string codes) => Assert.Equal(codes, string.Join(' ', Codes(text)));

    [Fact]
    public void The_place_of_each_bad_key_is_told_and_nothing_of_what_it_holds()
    {
        var findings = Validate($$"""{"keys":[{{Rsa}},{"kty":"oct","k":"c2VjcmV0"},{"kty":"secret"}]}""");
        Assert.Collection(
            findings,
            finding => Assert.StartsWith("key 1 ", finding.Message, StringComparison.Ordinal),
            finding => Assert.StartsWith("key 2 ", finding.Message, StringComparison.Ordinal));
        Assert.All(findings, finding => Assert.DoesNotContain("secret", finding.ToString(), StringComparison.Ordinal));
        Assert.All(findings, finding => Assert.DoesNotContain("c2VjcmV0", finding.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Half_a_character_is_no_json() => Assert.Equal(["jwks-invalid"], Codes("{\"keys\":[{\"kty\":\"\ud800\"}]}"));

    [Fact]
    public void Deep_nesting_is_refused() =>
        Assert.Equal(["jwks-invalid"], Codes($$"""{"keys":[],"x":{{new string('[', 100)}}{{new string(']', 100)}}}"""));

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void The_text_is_bounded(int beyond, bool valid) =>
        Assert.Equal(valid ? [] : ["jwks-invalid"], Codes("""{"keys":[]}""".PadRight((1 << 20) + beyond)));

    private static IReadOnlyList<string> Codes(string text) => [.. Validate(text).Select(finding => finding.Code)];

    private static IReadOnlyList<Finding> Validate(string text)
    {
        var report = new FindingReport(Written.Id(ResourceKind.RequestAuthentication));
        JwksValidator.Validate(text, "spec.jwtRules[0].jwks", report);
        return report.Findings;
    }
}
