using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MeshCA.Authentication;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.Tokens;

public sealed class CompactTokenTests : IDisposable
{
    private readonly TestTokenSigner _signer = new("ES256", "k1");
    private readonly TokenSetup _setup;

    public CompactTokenTests() => _setup = TokenSetup.With(_signer);

    public void Dispose() => _signer.Dispose();

    public static TheoryData<string, int> Headers() => new()
    {
        { """{"alg":"ES256","kid":"k1","typ":"JWT"}""", (int)AuthenticationError.None },
        { """{"alg":"ES256","kid":"k1","typ":"jwt"}""", (int)AuthenticationError.None },
        { """{"alg":"ES256"}""", (int)AuthenticationError.None },
        { """{"alg":"ES256","kid":"k1","typ":"at+jwt"}""", (int)AuthenticationError.WrongTokenType },
        { """{"alg":"ES256","kid":"k1","cty":"JWT"}""", (int)AuthenticationError.WrongTokenType },
        { """{"alg":"ES256","kid":"k1","crit":["x"]}""", (int)AuthenticationError.CriticalHeader },
        { """{"alg":"none","kid":"k1"}""", (int)AuthenticationError.AlgorithmNotAllowed },
        { """{"alg":"None","kid":"k1"}""", (int)AuthenticationError.AlgorithmNotAllowed },
        { """{"alg":"HS256","kid":"k1"}""", (int)AuthenticationError.AlgorithmNotAllowed },
        { """{"alg":"es256","kid":"k1"}""", (int)AuthenticationError.AlgorithmNotAllowed },
        { """{"alg":"EdDSA","kid":"k1"}""", (int)AuthenticationError.AlgorithmNotAllowed },
        { """{"alg":"RS256","kid":"k1"}""", (int)AuthenticationError.KeyNotForAlgorithm },
        { """{"alg":"ES384","kid":"k1"}""", (int)AuthenticationError.KeyNotForAlgorithm },
        { """{"alg":"ES256","kid":"k2"}""", (int)AuthenticationError.UnknownKey },
        { """{"alg":"ES256","alg":"none","kid":"k1"}""", (int)AuthenticationError.BadTokenHeader },
        { """{"alg":"none","\u0061lg":"ES256","kid":"k1"}""", (int)AuthenticationError.BadTokenHeader },
        { """{"kid":"k1"}""", (int)AuthenticationError.BadTokenHeader },
        { """{"alg":["ES256"],"kid":"k1"}""", (int)AuthenticationError.BadTokenHeader },
        { """{"alg":"ES256","kid":1}""", (int)AuthenticationError.BadTokenHeader },
        { """{"alg":"ES256","kid":"\ud800"}""", (int)AuthenticationError.BadTokenHeader },
        { """["alg","ES256"]""", (int)AuthenticationError.BadTokenHeader },
        { """{"alg":"ES256","kid":"k1"} x""", (int)AuthenticationError.BadTokenHeader },
        { """{"alg":"ES256","kid":"k1",}""", (int)AuthenticationError.BadTokenHeader },
        { "", (int)AuthenticationError.NotCompactJws },
    };

    [Theory, MemberData(nameof(Headers))]
    public void The_header_is_judged_by_the_rule(string header, int expected) =>
        Assert.Equal((AuthenticationError)expected, _setup.Refusal(_signer.Sign(header, _setup.Claims().ToJsonString())));

    public static TheoryData<string> BadPayloads() =>
    [
        "null", "[]", "1", "\"x\"", "{", "{}{}", "{\"iss\":1}", "{\"iss\":\"a\",\"iss\":\"a\"}",
        "{\"iss\":\"a\",\"\\u0069ss\":\"b\"}", "{\"a\":{\"b\":1,\"b\":2}}", "{\"exp\":null}", "{\"exp\":[1]}",
        "{\"sub\":\"\\udfff\"}", "{\"a\\ud800\":1,\"b\":2,\"a\\ud800\":3}", "{/**/}", "\uFEFF{}",
        "{\"x\":" + new string('[', 5000) + new string(']', 5000) + "}", "{\"aud\":{}}", "{\"jti\":\"\"}",
    ];

    [Theory, MemberData(nameof(BadPayloads))]
    public void A_payload_that_is_no_plain_claim_set_is_refused(string payload) =>
        Assert.Equal(AuthenticationError.BadTokenClaims, _setup.Refusal(_signer.Sign(_signer.Header(), payload)));

    [Theory]
    [InlineData("{0}.{1}"), InlineData("{0}.{1}."), InlineData(".{1}.{2}"), InlineData("{0}..{2}")]
    [InlineData("{0}.{1}.{2}.{2}"), InlineData("{0}.{1}.{2}.{2}.{2}"), InlineData("{0}.{1}.{2}."), InlineData("")]
    public void Only_three_parts_are_a_token(string form)
    {
        var parts = _signer.Sign(_setup.Claims()).Split('.');
        var token = string.Format(System.Globalization.CultureInfo.InvariantCulture, form, parts[0], parts[1], parts[2]);
        Assert.Equal(AuthenticationError.NotCompactJws, _setup.Refusal(token));
    }

    [Theory]
    [InlineData("{0}.{1}.{2}="), InlineData("{0}=.{1}.{2}"), InlineData(" {0}.{1}.{2}"), InlineData("{0}.{1}.{2}\n")]
    [InlineData("{0}.{1}+.{2}"), InlineData("{0}.{1}.é{2}"), InlineData("{0}.{1}.{2}A/")]
    public void Parts_are_strict_base64url(string form)
    {
        var parts = _signer.Sign(_setup.Claims()).Split('.');
        var token = string.Format(System.Globalization.CultureInfo.InvariantCulture, form, parts[0], parts[1], parts[2]);
        Assert.Equal(AuthenticationError.BadTokenEncoding, _setup.Refusal(token));
    }

    [Fact]
    public void Random_text_never_throws_and_never_authenticates() =>
        Prop.ForAll<string?>(text => _setup.Refusal(text ?? "") != AuthenticationError.None).QuickCheckThrowOnFailure();

    [Fact]
    public void Random_octets_as_header_and_payload_never_throw_and_never_authenticate() =>
        Prop.ForAll<byte[], byte[]>((header, payload) =>
        {
            var token = $"{TestTokenSigner.Encode(header)}.{TestTokenSigner.Encode(payload)}.AAAA";
            return _setup.Refusal(token) != AuthenticationError.None;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_properly_signed_token_with_any_mutated_payload_never_throws()
    {
        var valid = Encoding.UTF8.GetBytes(_setup.Claims().ToJsonString());
        Prop.ForAll(Mutations(valid), payload =>
        {
            // Signed, so that what our reader lets pass reaches the token library and its lenient parser.
            var token = _signer.Sign(_signer.Header(), Encoding.Latin1.GetString(payload));
            return Enum.IsDefined(_setup.Refusal(token));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));
    }

    [Fact]
    public void A_token_with_any_octet_changed_never_authenticates()
    {
        var valid = _signer.Sign(_setup.Claims());
        Prop.ForAll(Mutations(Encoding.Latin1.GetBytes(valid)), octets =>
        {
            var mutated = Encoding.Latin1.GetString(octets);
            return mutated == valid || _setup.Refusal(mutated) != AuthenticationError.None;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));
    }

    [Theory]
    [InlineData("1e400"), InlineData("-1e400"), InlineData("99999999999999999999999999"), InlineData("1E+2"), InlineData("0.0000001")]
    [InlineData("253402300799"), InlineData("253402300800"), InlineData("9007199254740993"), InlineData("-0")]
    public void Odd_numbers_never_throw(string number)
    {
        foreach (var claim in (string[])["exp", "nbf", "iat", "jti", "x"])
        {
            var claims = _setup.Claims(all => all.Remove(claim)).ToJsonString();
            var token = _signer.Sign(_signer.Header(), $"{claims[..^1]},\"{claim}\":{number}}}");
            Assert.True(Enum.IsDefined(_setup.Refusal(token)));
        }
    }

    [Fact]
    public void A_huge_number_in_an_unknown_claim_is_no_trouble()
    {
        var claims = _setup.Claims().ToJsonString();
        var token = _signer.Sign(_signer.Header(), $"{claims[..^1]},\"x\":1{new string('0', 9000)}}}");
        Assert.True(Enum.IsDefined(_setup.Refusal(token)));
    }

    // One octet replaced, left out or put in, or a piece of JSON syntax put in, anywhere.
    private static Arbitrary<byte[]> Mutations(byte[] octets) => (
        from at in Gen.Choose(0, octets.Length - 1)
        from with in Gen.Choose(0, 255)
        from syntax in Gen.Elements("{", "}", "[", "\"", "\\u0000", "\\ud800", ":", ",", "e999", "-", "null", "\"iss\":1,")
        from kind in Gen.Choose(0, 3)
        select kind switch
        {
            0 => (byte[])[.. octets[..at], (byte)with, .. octets[(at + 1)..]],
            1 => [.. octets[..at], .. octets[(at + 1)..]],
            2 => [.. octets[..at], (byte)with, .. octets[at..]],
            _ => [.. octets[..at], .. Encoding.UTF8.GetBytes(syntax), .. octets[at..]],
        }).ToArbitrary();
}
