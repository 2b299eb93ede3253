using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using Xunit;
using static SpiffeIdentity.Tests.RawToken;

namespace SpiffeIdentity.Tests.Svids;

public sealed class JwtSvidMinterTests
{
    private static readonly SpiffeId Id = SpiffeId.Parse(Subject);

    [Theory]
    [InlineData("nistP256", JwtAlgorithm.ES256)]
    [InlineData("nistP384", JwtAlgorithm.ES384)]
    [InlineData("nistP521", JwtAlgorithm.ES512)]
    public void What_an_ec_key_mints_validates(string curve, JwtAlgorithm algorithm)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));
        var minter = new JwtSvidMinter(KeyId, key);
        Assert.Equal(algorithm, minter.Algorithm);
        Check(minter, key.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public void What_an_rsa_key_mints_validates()
    {
        using var key = RSA.Create(2048);
        Check(new JwtSvidMinter(KeyId, key), key.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public void What_a_key_elsewhere_mints_validates()
    {
        using var key = RSA.Create(2048);
        var minter = new JwtSvidMinter(
            KeyId, JwtAlgorithm.PS384, content => key.SignData(content, HashAlgorithmName.SHA384, RSASignaturePadding.Pss));
        Check(minter, key.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public void A_token_says_what_was_planned_in_this_form()
    {
        var plan = Plan("a", "b", "a").WithIssuer("https://issuer.example/\"").WithTokenId("1");
        var parts = new JwtSvidMinter(KeyId, Key).Mint(plan).Split('.');
        string Decode(int part) => Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(parts[part]));
        Assert.Equal("""{"alg":"ES256","kid":"k1","typ":"JWT"}""", Decode(0));
        Assert.Equal(
            $$"""{"sub":"{{Subject}}","aud":["a","b"],"exp":{{Seconds(300)}},"iat":{{Seconds(0)}},"iss":"https://issuer.example/\"","jti":"1"}""",
            Decode(1));
    }

    [Fact]
    public void A_key_that_cannot_mint_is_refused()
    {
        using var weak = RSA.Create(1024);
        Assert.Throws<ArgumentOutOfRangeException>(() => new JwtSvidMinter(KeyId, weak));
        Assert.Throws<ArgumentException>(() => new JwtSvidMinter("", Key));
    }

    [Fact]
    public void A_plan_keeps_the_rules()
    {
        JwtSvidError Error(SpiffeId id, string[] audience, int seconds) =>
            JwtSvidPlan.TryCreate(id, audience, Now, Now.AddSeconds(seconds), out _, out var error) ? JwtSvidError.None : error;
        Assert.Equal(JwtSvidError.None, Error(Id, ["a"], 1));
        Assert.Equal(JwtSvidError.NoPath, Error(Domain.Id, ["a"], 1));
        Assert.Equal(JwtSvidError.BadAudience, Error(Id, [], 1));
        Assert.Equal(JwtSvidError.BadAudience, Error(Id, ["a", ""], 1));
        Assert.Equal(JwtSvidError.BadAudience, Error(Id, ["\ud800"], 1));
        Assert.Equal(JwtSvidError.BadAudience, Error(Id, ["a\udc00"], 1));
        Assert.Equal(JwtSvidError.None, Error(Id, ["\ud83d\ude00"], 1));
        Assert.Equal(JwtSvidError.None, Error(Id, [.. Enumerable.Range(0, JwtSvidPlan.MaxAudiences).Select(i => $"{i}")], 1));
        Assert.Equal(JwtSvidError.BadAudience, Error(Id, [.. Enumerable.Range(0, JwtSvidPlan.MaxAudiences + 1).Select(i => $"{i}")], 1));
        Assert.Equal(JwtSvidError.BadAudience, Error(Id, [new string('a', JwtSvidPlan.MaxTextLength + 1)], 1));
        Assert.Equal(JwtSvidError.BadAudience, Error(Id, [new string('a', 2048), new string('b', 2048), "c"], 1));
        Assert.Equal(JwtSvidError.Expired, Error(Id, ["a"], 0));
        Assert.Equal(JwtSvidError.Expired, Error(Id, ["a"], -1));
    }

    // JWT-SVID §2: what is minted, validators take.
    [Fact]
    public void The_longest_plan_is_a_token_that_validates()
    {
        var audience = new[] { new string('"', JwtSvidPlan.MaxAudienceLength / 2), new string('\\', JwtSvidPlan.MaxAudienceLength / 2) };
        var token = new JwtSvidMinter(KeyId, Key).Mint(Plan(audience).WithIssuer(new string('i', JwtSvidPlan.MaxTextLength)));
        Assert.True(JwtSvid.TryParse(token, out _, out var error), error.ToString());
    }

    private static JwtSvidPlan Plan(params string[] audience)
    {
        Assert.True(JwtSvidPlan.TryCreate(Id, audience, Now.AddMilliseconds(900), Now.AddSeconds(300.9), out var plan, out _));
        return plan;
    }

    private static void Check(JwtSvidMinter minter, byte[] publicKey)
    {
        var verdict = JwtSvidValidator.Validate(
            minter.Mint(Plan(Audience)), Audience, BundlesOf(new JwtAuthority(KeyId, publicKey)), Now);
        var svid = Assert.IsType<JwtSvidValidation.Accepted>(verdict).Svid;
        Assert.Equal((Id, minter.Algorithm), (svid.Id, svid.Algorithm));
        using var claims = JsonDocument.Parse(svid.Payload);
        Assert.Equal(4, claims.RootElement.GetPropertyCount());
    }
}
