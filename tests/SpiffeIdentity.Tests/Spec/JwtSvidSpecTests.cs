using System.Security.Cryptography;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using Xunit;
using static SpiffeIdentity.Tests.RawToken;

namespace SpiffeIdentity.Tests.Spec;

/// <summary>JWT-SVID: one good token, and one fault at a time.</summary>
public sealed class JwtSvidSpecTests
{
    public static TheoryData<string, JwtSvidError> Headers() =>
    [
        new(Header, JwtSvidError.None) { Label = "good" },
        new("""{"kid":"k1","alg":"ES256"}""", JwtSvidError.None) { Label = "no type" },
        new("""{"alg":"ES256","kid":"k1","typ":"JOSE"}""", JwtSvidError.None) { Label = "S2_3 JOSE" },
        new("""{"alg":"ES256","kid":"k1","typ":"jwt"}""", JwtSvidError.WrongType) { Label = "S2_3 lower case" },
        new("""{"alg":"ES256","kid":"k1","typ":"wit+jwt"}""", JwtSvidError.WrongType) { Label = "S2_3 another type" },
        new("""{"alg":"ES256","kid":"k1","typ":""}""", JwtSvidError.WrongType) { Label = "S2_3 empty type" },
        new("""{"alg":"ES256","kid":"k1","typ":null}""", JwtSvidError.MalformedHeader) { Label = "type null" },
        new("""{"alg":"ES256","kid":"k1","cty":"JWT"}""", JwtSvidError.ForbiddenHeader) { Label = "S2 cty" },
        new("""{"alg":"ES256","kid":"k1","crit":["exp"],"exp":1}""", JwtSvidError.ForbiddenHeader) { Label = "S2 crit" },
        new("""{"alg":"ES256","kid":"k1","jku":"https://a.example"}""", JwtSvidError.ForbiddenHeader) { Label = "S2 jku" },
        new("""{"alg":"ES256","kid":"k1","jwk":{}}""", JwtSvidError.ForbiddenHeader) { Label = "S2 jwk" },
        new("""{"alg":"ES256","kid":"k1","x5c":[]}""", JwtSvidError.ForbiddenHeader) { Label = "S2 x5c" },
        new("""{"alg":"ES256","kid":"k1","x5t":"AA"}""", JwtSvidError.ForbiddenHeader) { Label = "S2 x5t" },
        new("""{"alg":"ES256","kid":"k1","Alg":"none"}""", JwtSvidError.ForbiddenHeader) { Label = "S2 another case" },
        new("""{"alg":"ES256","kid":"k1","b64":false}""", JwtSvidError.ForbiddenHeader) { Label = "S2 b64" },
        new("""{"alg":"ES256","alg":"ES256","kid":"k1"}""", JwtSvidError.MalformedHeader) { Label = "member twice" },
        new("""{"alg":"ES256","kid":"k1","\u006bid":"k2"}""", JwtSvidError.MalformedHeader) { Label = "member twice, escaped" },
        new("""{"alg":"none","kid":"k1"}""", JwtSvidError.AlgorithmNotAllowed) { Label = "S2_1 none" },
        new("""{"alg":"None","kid":"k1"}""", JwtSvidError.AlgorithmNotAllowed) { Label = "S2_1 None" },
        new("""{"alg":"HS256","kid":"k1"}""", JwtSvidError.AlgorithmNotAllowed) { Label = "S2_1 HMAC" },
        new("""{"alg":"EdDSA","kid":"k1"}""", JwtSvidError.AlgorithmNotAllowed) { Label = "S2_1 EdDSA" },
        new("""{"alg":"ES256K","kid":"k1"}""", JwtSvidError.AlgorithmNotAllowed) { Label = "S2_1 secp256k1" },
        new("""{"alg":"es256","kid":"k1"}""", JwtSvidError.AlgorithmNotAllowed) { Label = "S2_1 lower case" },
        new("""{"alg":"4","kid":"k1"}""", JwtSvidError.AlgorithmNotAllowed) { Label = "S2_1 a number of the enum" },
        new("""{"kid":"k1"}""", JwtSvidError.AlgorithmNotAllowed) { Label = "S2_1 missing" },
        new("""{"alg":null,"kid":"k1"}""", JwtSvidError.MalformedHeader) { Label = "algorithm null" },
        new("""{"alg":["ES256"],"kid":"k1"}""", JwtSvidError.MalformedHeader) { Label = "algorithms" },
        new("""{"alg":"ES256"}""", JwtSvidError.MissingKeyId) { Label = "S2_2 missing" },
        new("""{"alg":"ES256","kid":""}""", JwtSvidError.MissingKeyId) { Label = "S2_2 empty" },
        new("""{"alg":"ES256","kid":1}""", JwtSvidError.MalformedHeader) { Label = "S2_2 a number" },
        new($$"""{"alg":"ES256","kid":"{{new string('k', JwtAuthority.MaxKeyIdLength)}}"}""", JwtSvidError.UnknownKey) { Label = "S2_2 the longest" },
        new($$"""{"alg":"ES256","kid":"{{new string('k', JwtAuthority.MaxKeyIdLength + 1)}}"}""", JwtSvidError.MissingKeyId) { Label = "S2_2 longer" },
        new("""{"alg":"ES256","kid":"k2"}""", JwtSvidError.UnknownKey) { Label = "S2_2 another key" },
        new("""{"alg":"ES256","kid":"K1"}""", JwtSvidError.UnknownKey) { Label = "S2_2 upper case" },
        new("""{"alg":"ES384","kid":"k1"}""", JwtSvidError.KeyOfOtherAlgorithm) { Label = "S2_1 another curve" },
        new("""{"alg":"RS256","kid":"k1"}""", JwtSvidError.KeyOfOtherAlgorithm) { Label = "S2_1 another kind of key" },
        new("[]", JwtSvidError.MalformedHeader) { Label = "no object" },
        new("{} {}", JwtSvidError.MalformedHeader) { Label = "text behind" },
        new("""{"alg":"ES256","kid":"\ud800"}""", JwtSvidError.MalformedHeader) { Label = "half a surrogate pair" },
    ];

    [Theory, MemberData(nameof(Headers))]
    public void S2_a_header_keeps_every_rule(string header, JwtSvidError expected) =>
        Assert.Equal(expected, Validate(Sign(header, GoodClaims)));

    public static TheoryData<string, JwtSvidError> Payloads() =>
    [
        new(Claims(exp: Seconds(300), more: ",\"iat\":1,\"jti\":\"x\",\"a\":{\"b\":[1.5e300]}"), JwtSvidError.None) { Label = "other claims are free" },
        new(Claims(sub: null, exp: Seconds(300)), JwtSvidError.BadSubject) { Label = "S3_1 missing" },
        new(Claims(sub: "", exp: Seconds(300)), JwtSvidError.BadSubject) { Label = "S3_1 empty" },
        new(Claims(sub: "alice", exp: Seconds(300)), JwtSvidError.BadSubject) { Label = "S3_1 no SPIFFE ID" },
        new(Claims(sub: "SPIFFE://example.org/a", exp: Seconds(300)), JwtSvidError.BadSubject) { Label = "S3_1 upper case" },
        new(Claims(sub: "spiffe://example.org/a%2fb", exp: Seconds(300)), JwtSvidError.BadSubject) { Label = "S3_1 percent-encoding" },
        new(Claims(sub: "spiffe://example.org", exp: Seconds(300)), JwtSvidError.NoPath) { Label = "S3_1 no path" },
        new(Claims(sub: null, exp: Seconds(300), more: ",\"sub\":[\"spiffe://example.org/a\"]"), JwtSvidError.BadSubject) { Label = "S3_1 a list" },
        new(Claims(sub: null, exp: Seconds(300), more: ",\"Sub\":\"spiffe://example.org/a\""), JwtSvidError.BadSubject) { Label = "S3_1 another case" },
        new(Claims(exp: Seconds(300), more: ",\"sub\":\"spiffe://example.org/a\""), JwtSvidError.MalformedClaims) { Label = "S3_1 twice" },
        new(Claims(sub: "spiffe://other.org/a", exp: Seconds(300)), JwtSvidError.NoBundle) { Label = "S3_1 a trust domain without a bundle" },
        new(Claims(aud: null, exp: Seconds(300)), JwtSvidError.BadAudience) { Label = "S3_2 missing" },
        new(Claims(aud: "[]", exp: Seconds(300)), JwtSvidError.BadAudience) { Label = "S3_2 empty list" },
        new(Claims(aud: "\"\"", exp: Seconds(300)), JwtSvidError.BadAudience) { Label = "S3_2 empty text" },
        new(Claims(aud: "null", exp: Seconds(300)), JwtSvidError.BadAudience) { Label = "S3_2 null" },
        new(Claims(aud: "1", exp: Seconds(300)), JwtSvidError.BadAudience) { Label = "S3_2 a number" },
        new(Claims(aud: $"[\"{Audience}\",1]", exp: Seconds(300)), JwtSvidError.BadAudience) { Label = "S3_2 a number beside" },
        new(Claims(aud: $"[\"{Audience}\",\"\"]", exp: Seconds(300)), JwtSvidError.BadAudience) { Label = "S3_2 an empty text beside" },
        new(Claims(aud: $"[\"{Audience}\"]", exp: Seconds(300)), JwtSvidError.None) { Label = "S3_2 a list of one" },
        new(Claims(aud: $"[\"x\",\"{Audience}\"]", exp: Seconds(300)), JwtSvidError.None) { Label = "S3_2 a list of two" },
        new(Claims(aud: "\"x\"", exp: Seconds(300)), JwtSvidError.OtherAudience) { Label = "S3_2 another" },
        new(Claims(aud: $"\"{Audience}/\"", exp: Seconds(300)), JwtSvidError.OtherAudience) { Label = "S3_2 longer" },
        new(Claims(aud: "\"spiffe://example.org/SERVER\"", exp: Seconds(300)), JwtSvidError.OtherAudience) { Label = "S3_2 upper case" },
        new(Claims(), JwtSvidError.NoExpiry) { Label = "S3_3 missing" },
        new(Claims(exp: "null"), JwtSvidError.MalformedClaims) { Label = "S3_3 null" },
        new(Claims(exp: $"\"{Seconds(300)}\""), JwtSvidError.MalformedClaims) { Label = "S3_3 text" },
        new(Claims(exp: Seconds(300) + ".5"), JwtSvidError.MalformedClaims) { Label = "S3_3 part of a second" },
        new(Claims(exp: "1e300"), JwtSvidError.MalformedClaims) { Label = "S3_3 exponent" },
        new(Claims(exp: "9223372036854775808"), JwtSvidError.MalformedClaims) { Label = "S3_3 beyond 64 bits" },
        new(Claims(exp: "253402300800"), JwtSvidError.MalformedClaims) { Label = "S3_3 beyond the year 9999" },
        new(Claims(exp: "253402300799"), JwtSvidError.None) { Label = "S3_3 the last second of the year 9999" },
        new(Claims(exp: "-1"), JwtSvidError.MalformedClaims) { Label = "S3_3 negative" },
        new(Claims(exp: Seconds(-59)), JwtSvidError.None) { Label = "S3_3 within the leeway" },
        new(Claims(exp: Seconds(-60)), JwtSvidError.Expired) { Label = "S3_3 at the end of the leeway" },
        new(Claims(exp: "0"), JwtSvidError.Expired) { Label = "S3_3 long ago" },
        new(Claims(exp: Seconds(300), more: $",\"nbf\":{Seconds(60)}"), JwtSvidError.None) { Label = "S4 nbf within the leeway" },
        new(Claims(exp: Seconds(300), more: $",\"nbf\":{Seconds(61)}"), JwtSvidError.NotYetValid) { Label = "S4 nbf in the future" },
        new(Claims(exp: Seconds(300), more: $",\"iat\":{Seconds(61)}"), JwtSvidError.NotYetValid) { Label = "S4 iat in the future" },
        new(Claims(exp: Seconds(300), more: ",\"nbf\":\"0\""), JwtSvidError.MalformedClaims) { Label = "S4 nbf as text" },
        new("[]", JwtSvidError.MalformedClaims) { Label = "no object" },
        new("", JwtSvidError.NotCompact) { Label = "empty" },
        new("{", JwtSvidError.MalformedClaims) { Label = "no JSON" },
        new(Claims(exp: Seconds(300), more: ",\"a\":" + new string('[', 17) + new string(']', 17)), JwtSvidError.MalformedClaims) { Label = "nested too deeply" },
    ];

    [Theory, MemberData(nameof(Payloads))]
    public void S3_claims_keep_every_rule(string claims, JwtSvidError expected) =>
        Assert.Equal(expected, Validate(Sign(Header, claims)));

    [Theory]
    [InlineData(JwtAlgorithm.RS256)]
    [InlineData(JwtAlgorithm.RS384)]
    [InlineData(JwtAlgorithm.RS512)]
    [InlineData(JwtAlgorithm.PS256)]
    [InlineData(JwtAlgorithm.PS384)]
    [InlineData(JwtAlgorithm.PS512)]
    public void S2_1_each_algorithm_on_rsa_is_told_apart_by_hash_and_padding(JwtAlgorithm algorithm)
    {
        using var rsa = RSA.Create(2048);
        var bundles = BundlesOf(new JwtAuthority(KeyId, rsa.ExportSubjectPublicKeyInfo()));
        var hash = algorithm.ToString()[2..] switch { "256" => HashAlgorithmName.SHA256, "384" => HashAlgorithmName.SHA384, _ => HashAlgorithmName.SHA512 };
        var padding = algorithm.ToString()[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        foreach (var named in Enum.GetValues<JwtAlgorithm>())
        {
            var token = Sign($$"""{"alg":"{{named}}","kid":"k1"}""", GoodClaims, content => rsa.SignData(content, hash, padding));
            var expected = named == algorithm ? JwtSvidError.None
                : named is JwtAlgorithm.ES256 or JwtAlgorithm.ES384 or JwtAlgorithm.ES512 ? JwtSvidError.KeyOfOtherAlgorithm
                : JwtSvidError.BadSignature;
            Assert.Equal(expected, Validate(token, bundles));
        }
    }

    [Theory]
    [InlineData(JwtAlgorithm.ES256, "1.2.840.10045.3.1.7")]
    [InlineData(JwtAlgorithm.ES384, "1.3.132.0.34")]
    [InlineData(JwtAlgorithm.ES512, "1.3.132.0.35")]
    public void S2_1_each_algorithm_on_a_curve_goes_with_that_curve(JwtAlgorithm algorithm, string curve)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromValue(curve));
        var bundles = BundlesOf(new JwtAuthority(KeyId, key.ExportSubjectPublicKeyInfo()));
        foreach (var named in Enum.GetValues<JwtAlgorithm>())
        {
            var hash = named switch { JwtAlgorithm.ES384 => HashAlgorithmName.SHA384, JwtAlgorithm.ES512 => HashAlgorithmName.SHA512, _ => HashAlgorithmName.SHA256 };
            var token = Sign($$"""{"alg":"{{named}}","kid":"k1"}""", GoodClaims, content => key.SignData(content, hash));
            Assert.Equal(named == algorithm ? JwtSvidError.None : JwtSvidError.KeyOfOtherAlgorithm, Validate(token, bundles));
        }
    }

    [Fact]
    public void S2_1_a_signature_in_der_is_none()
    {
        var token = Sign(Header, GoodClaims, content => Key.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        Assert.Equal(JwtSvidError.BadSignature, Validate(token));
    }

    [Fact]
    public void S2_1_no_public_key_serves_as_a_shared_secret()
    {
        var token = Sign(
            """{"alg":"HS256","kid":"k1"}""", GoodClaims, content => HMACSHA256.HashData(Key.ExportSubjectPublicKeyInfo(), content));
        Assert.Equal(JwtSvidError.AlgorithmNotAllowed, Validate(token));
    }

    [Fact]
    public void S4_a_signature_of_zeros_or_with_one_bit_changed_is_refused()
    {
        Assert.Equal(JwtSvidError.BadSignature, Validate(Sign(Header, GoodClaims, _ => new byte[64])));
        Assert.Equal(JwtSvidError.BadSignature, Validate(Sign(Header, GoodClaims, _ => new byte[1])));
        foreach (var bit in (int[])[0, 255, 256, 511])
        {
            var token = Sign(Header, GoodClaims, content =>
            {
                var signature = Key.SignData(content, HashAlgorithmName.SHA256);
                signature[bit / 8] ^= (byte)(1 << (bit % 8));
                return signature;
            });
            Assert.Equal(JwtSvidError.BadSignature, Validate(token));
        }
    }

    [Fact]
    public void S4_only_the_bundle_of_the_subjects_own_trust_domain_counts()
    {
        var other = TrustDomain.Parse("other.org");
        Assert.True(JwtBundle.TryCreate(other, [new JwtAuthority(KeyId, Key.ExportSubjectPublicKeyInfo())], out var jwt, out _));
        var bundles = BundleSet.Of(TrustBundle.Empty(Domain), TrustBundle.Empty(other) with { Jwt = jwt });
        Assert.Equal(JwtSvidError.UnknownKey, Validate(Good, bundles));
        Assert.Equal(JwtSvidError.None, Validate(Sign(Header, Claims(sub: "spiffe://other.org/a", exp: Seconds(300))), bundles));
        Assert.Equal(JwtSvidError.NoBundle, Validate(Good, BundleSet.Empty));
    }

    [Fact]
    public void S4_what_is_checked_first_is_told_first()
    {
        // From the form inwards: a token with every fault, mended step by step.
        Assert.Equal(JwtSvidError.ForbiddenHeader, Validate(Sign("""{"x5c":[],"alg":"none"}""", "{}", _ => [1])));
        Assert.Equal(JwtSvidError.BadSubject, Validate(Sign(Header, "{}", _ => [1])));
        Assert.Equal(JwtSvidError.OtherAudience, Validate(Sign(Header, Claims(aud: "\"x\"", exp: "1"), _ => [1])));
        Assert.Equal(JwtSvidError.Expired, Validate(Sign(Header, Claims(exp: "1"), _ => [1]), BundleSet.Empty));
        Assert.Equal(JwtSvidError.NoBundle, Validate(Sign(Header, GoodClaims, _ => [1]), BundleSet.Empty));
        Assert.Equal(JwtSvidError.BadSignature, Validate(Sign(Header, GoodClaims, _ => [1])));
    }

    public static TheoryData<Func<string, string>, JwtSvidError> Forms() =>
    [
        new(token => token + ".", JwtSvidError.NotCompact) { Label = "S5_1 four parts" },
        new(token => token + ".a.b", JwtSvidError.NotCompact) { Label = "S5_1 encrypted" },
        new(token => token[..token.LastIndexOf('.')], JwtSvidError.NotCompact) { Label = "S5_1 two parts" },
        new(token => token[..(token.LastIndexOf('.') + 1)], JwtSvidError.NotCompact) { Label = "S5_1 no signature" },
        new(token => "." + token[(token.IndexOf('.') + 1)..], JwtSvidError.NotCompact) { Label = "S5_1 no header" },
        new(_ => "", JwtSvidError.NotCompact) { Label = "S5_1 empty" },
        new(_ => """{"payload":"e30","signatures":[]}""", JwtSvidError.NotCompact) { Label = "S5_1 JSON" },
        new(token => token + "=", JwtSvidError.BadEncoding) { Label = "S5_1 padding" },
        new(token => token + " ", JwtSvidError.BadEncoding) { Label = "S5_1 space behind" },
        new(token => " " + token, JwtSvidError.BadEncoding) { Label = "S5_1 space in front" },
        new(token => token.Insert(3, "\n"), JwtSvidError.BadEncoding) { Label = "S5_1 line end within" },
        new(token => "Bearer " + token, JwtSvidError.BadEncoding) { Label = "S5_1 scheme in front" },
        new(token => token[..^1] + "\u0100", JwtSvidError.BadEncoding) { Label = "S5_1 outside ASCII" },
        new(token => token[..^1] + (char)(token[^1] + 1), JwtSvidError.BadEncoding) { Label = "S5_1 another text for the same bytes" },
        new(token => token.PadRight(JwtSvid.MaxLength + 1, 'A'), JwtSvidError.TooLarge) { Label = "longer than allowed" },
    ];

    [Theory, MemberData(nameof(Forms))]
    public void S5_1_compact_is_the_only_form(Func<string, string> change, JwtSvidError expected)
    {
        // 64 bytes leave four unused bits in the last letter: A, Q, g or w.
        var token = Good;
        Assert.Contains(token[^1], "AQgw");
        Assert.Equal(expected, Validate(change(token)));
    }

    [Fact]
    public void S6_nothing_of_a_refused_token_is_told()
    {
        var verdict = JwtSvidValidator.Validate(Sign(Header, GoodClaims, _ => new byte[64]), Audience, Trusted, Now);
        var refused = Assert.IsType<JwtSvidValidation.Refused>(verdict);
        Assert.Equal("Refused { Error = BadSignature }", refused.ToString());
    }

    [Fact]
    public void S6_2_without_an_audience_of_its_own_nobody_validates() =>
        Assert.Throws<ArgumentException>(() => JwtSvidValidator.Validate(Good, "", Trusted, Now));

    private static JwtSvidError Validate(string token, BundleSet? bundles = null) =>
        JwtSvidValidator.Validate(token, Audience, bundles ?? Trusted, Now) is JwtSvidValidation.Refused(var error) ? error : JwtSvidError.None;
}
