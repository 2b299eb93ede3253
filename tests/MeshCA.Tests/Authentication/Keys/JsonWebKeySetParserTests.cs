using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using MeshCA.Authentication.Keys;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.Keys;

public sealed class JsonWebKeySetParserTests : IDisposable
{
    private readonly TestTokenSigner _ec = new("ES256", "ec");
    private readonly TestTokenSigner _rsa = new("RS256", "rsa");

    public void Dispose()
    {
        _ec.Dispose();
        _rsa.Dispose();
    }

    [Fact]
    public void Keys_of_known_kinds_are_read_and_others_counted()
    {
        var set = TestTokenSigner.KeySet(
            _ec.Jwk(), _rsa.Jwk(), Jwk("""{"kty":"OKP","crv":"Ed25519","x":"AA","kid":"ed"}"""), Jwk("""{"kty":"oct","k":"AAAA"}"""));
        Assert.Equal(KeySetError.None, Parse(set, out var keys));
        Assert.Equal(2, keys!.Count);
        Assert.Equal(2, keys.Ignored);
    }

    public static TheoryData<string, int> Documents() => new()
    {
        { """{"keys":[]}""", (int)KeySetError.NoUsableKey },
        { """{"keys":[{"kty":"oct"}]}""", (int)KeySetError.NoUsableKey },
        { """{}""", (int)KeySetError.Malformed },
        { """{"keys":null}""", (int)KeySetError.Malformed },
        { """{"keys":{}}""", (int)KeySetError.Malformed },
        { """{"keys":[1]}""", (int)KeySetError.Malformed },
        { """{"keys":[{}]}""", (int)KeySetError.Malformed },
        { """{"keys":[{"kty":1}]}""", (int)KeySetError.Malformed },
        { """{"keys":[],"keys":[]}""", (int)KeySetError.Malformed },
        { "[]", (int)KeySetError.Malformed },
        { "", (int)KeySetError.Malformed },
        { "{\"keys\":[" + string.Join(',', Enumerable.Repeat("""{"kty":"oct"}""", 128)) + "]}", (int)KeySetError.NoUsableKey },
        { "{\"keys\":[" + string.Join(',', Enumerable.Repeat("""{"kty":"oct"}""", 129)) + "]}", (int)KeySetError.TooManyKeys },
    };

    [Theory, MemberData(nameof(Documents))]
    public void A_document_is_judged_by_the_rule(string document, int expected) =>
        Assert.Equal((KeySetError)expected, Parse(document, out _));

    [Theory]
    [InlineData(JsonWebKeySetParser.MaxLength, (int)KeySetError.None)]
    [InlineData(JsonWebKeySetParser.MaxLength + 1, (int)KeySetError.TooLarge)]
    public void A_document_is_measured_before_it_is_read(int length, int expected) =>
        Assert.Equal((KeySetError)expected, Parse(TestTokenSigner.KeySet(_ec).PadRight(length), out _));

    public static TheoryData<string, Action<JsonObject>> Weaknesses() => new()
    {
        { "for encryption", jwk => jwk["use"] = "enc" },
        { "operations without verify", jwk => jwk["key_ops"] = new JsonArray("encrypt") },
        { "curve unknown", jwk => jwk["crv"] = "secp256k1" },
        { "curve of another size", jwk => jwk["crv"] = "P-384" },
        { "coordinate missing", jwk => jwk.Remove("y") },
        { "point off the curve", jwk => jwk["y"] = jwk["x"]!.GetValue<string>() },
        { "coordinate padded", jwk => jwk["x"] = jwk["x"]!.GetValue<string>() + "=" },
        { "coordinate longer", jwk => jwk["x"] = "AAAA" + jwk["x"]!.GetValue<string>() },
    };

    [Theory, MemberData(nameof(Weaknesses), DisableDiscoveryEnumeration = true)]
    public void An_unusable_key_is_left_out_and_the_others_stay(string row, Action<JsonObject> change)
    {
        var jwk = _ec.Jwk();
        change(jwk);
        Assert.Equal(KeySetError.None, Parse(TestTokenSigner.KeySet(jwk, _rsa.Jwk()), out var keys));
        Assert.True(keys is { Count: 1, Ignored: 1 }, row);
    }

    [Theory]
    [InlineData("AQAB", 1), InlineData("Aw", 1), InlineData("AQ", 0), InlineData("Ag", 0), InlineData("AAAB", 0)]
    [InlineData("AQAAAAE", 0), InlineData("", 0), InlineData("////", 0)]
    public void An_rsa_exponent_is_odd_above_one_and_of_four_octets(string exponent, int usable)
    {
        var jwk = _rsa.Jwk();
        jwk["e"] = exponent;
        Assert.Equal(KeySetError.None, Parse(TestTokenSigner.KeySet(jwk, _ec.Jwk()), out var keys));
        Assert.Equal(1 + usable, keys!.Count);
    }

    [Theory]
    [InlineData(1024, 0), InlineData(2040, 0), InlineData(2048, 1), InlineData(8192, 1), InlineData(8200, 0)]
    public void An_rsa_key_has_2048_to_8192_bits(int bits, int usable)
    {
        // Any odd number will do: nobody can tell that it is no product of two primes.
        var modulus = RandomNumberGenerator.GetBytes(bits / 8);
        modulus[0] |= 0x80;
        modulus[^1] |= 1;
        var jwk = _rsa.Jwk();
        jwk["n"] = TestTokenSigner.Encode(modulus);
        Assert.Equal(KeySetError.None, Parse(TestTokenSigner.KeySet(jwk, _ec.Jwk()), out var keys));
        Assert.Equal(1 + usable, keys!.Count);
    }

    [Fact]
    public void Two_keys_of_a_kind_never_share_an_id()
    {
        using var twin = new TestTokenSigner("ES256", "ec");
        Assert.Equal(KeySetError.RepeatedKeyId, Parse(TestTokenSigner.KeySet(_ec, twin), out _));
        Assert.Equal(KeySetError.RepeatedKeyId, Parse(TestTokenSigner.KeySet(_ec, _ec), out _));
        using var other = new TestTokenSigner("RS256", "ec");
        Assert.Equal(KeySetError.None, Parse(TestTokenSigner.KeySet(_ec, other), out _));
    }

    [Fact]
    public void A_private_part_in_the_document_is_not_used()
    {
        var jwk = _ec.Jwk();
        jwk["d"] = TestTokenSigner.Encode(RandomNumberGenerator.GetBytes(32));
        Assert.Equal(KeySetError.None, Parse(TestTokenSigner.KeySet(jwk), out var keys));
        Assert.True(keys!.TryFind("ec", Algorithm("ES256"), out var key, out _));
        Assert.False(((Microsoft.IdentityModel.Tokens.JsonWebKey)key.SecurityKey).HasPrivateKey);
    }

    [Fact]
    public void Any_mutated_document_gives_keys_or_a_typed_error()
    {
        var valid = Encoding.UTF8.GetBytes(TestTokenSigner.KeySet(_ec, _rsa));
        var mutations =
            from at in Gen.Choose(0, valid.Length - 1)
            from with in Gen.Choose(0, 255)
            from gone in Gen.Choose(0, 2)
            select (byte[])[.. valid[..at], (byte)with, .. valid[Math.Min(at + gone, valid.Length)..]];
        Prop.ForAll(mutations.ToArbitrary(), document =>
        {
            var parsed = JsonWebKeySetParser.TryParse(document, out var keys, out var error);
            return parsed == (error == KeySetError.None) && parsed == (keys is not null);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void Random_octets_give_a_typed_error() =>
        Prop.ForAll<byte[]>(document => !JsonWebKeySetParser.TryParse(document, out _, out var error) && error != KeySetError.None)
            .QuickCheckThrowOnFailure();

    private static KeySetError Parse(string document, out VerificationKeySet? keys)
    {
        _ = JsonWebKeySetParser.TryParse(Encoding.UTF8.GetBytes(document), out keys, out var error);
        return error;
    }

    private static TokenAlgorithm Algorithm(string name) => TokenAlgorithm.All.Single(algorithm => algorithm.Name == name);

    private static JsonObject Jwk(string text) => JsonNode.Parse(text)!.AsObject();
}
