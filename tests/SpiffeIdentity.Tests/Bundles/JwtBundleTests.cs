using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using SpiffeIdentity.Bundles;
using Xunit;
using static SpiffeIdentity.Tests.RawToken;

namespace SpiffeIdentity.Tests.Bundles;

public sealed class JwtBundleTests
{
    private static readonly JwtAuthority Authority = new(KeyId, Key.ExportSubjectPublicKeyInfo());

    [Fact]
    public void A_key_is_found_by_its_name_and_by_no_other()
    {
        var bundle = JwtBundleOf(Authority, new JwtAuthority("k2", Authority.SubjectPublicKeyInfo));
        Assert.True(bundle.TryFind("k2", out var found));
        Assert.Equal("k2", found.KeyId);
        Assert.False(bundle.TryFind("K2", out _));
        Assert.False(bundle.TryFind("", out _));
    }

    [Fact]
    public void Bundles_with_the_same_keys_are_equal_in_any_order()
    {
        var other = new JwtAuthority("k2", Authority.SubjectPublicKeyInfo);
        Assert.Equal(JwtBundleOf(Authority, other), JwtBundleOf(other, Authority, other));
        Assert.Equal(JwtBundleOf(Authority, other).GetHashCode(), JwtBundleOf(other, Authority).GetHashCode());
        Assert.NotEqual(JwtBundleOf(Authority), JwtBundleOf(other));
        Assert.NotEqual(JwtBundleOf(Authority), JwtBundle.Empty(Domain));
        Assert.NotEqual(JwtBundle.Empty(Domain), JwtBundle.Empty(TrustDomain.Parse("other.org")));
    }

    [Fact]
    public void Two_keys_of_one_name_are_no_bundle()
    {
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal(JwtBundleError.RepeatedKeyId, Error(Authority, new JwtAuthority(KeyId, next.ExportSubjectPublicKeyInfo())));
        Assert.Equal(JwtBundleError.None, Error(Authority, Authority));
    }

    // RFC 3279 §2.3.1 wants the NULL; some encoders leave it out.
    [Fact]
    public void The_same_key_in_another_encoding_is_the_same_key()
    {
        using var rsa = RSA.Create(2048);
        var usual = rsa.ExportSubjectPublicKeyInfo();
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.113549.1.1.1");
            }

            writer.WriteBitString(rsa.ExportRSAPublicKey());
        }

        var (one, other) = (JwtBundleOf(new JwtAuthority("r", usual)), JwtBundleOf(new JwtAuthority("r", writer.Encode())));
        Assert.Equal(usual, other.Authorities[0].SubjectPublicKeyInfo.ToArray());
        Assert.Equal(one, other);
    }

    [Fact]
    public void Keys_that_verify_nothing_are_refused()
    {
        using var weak = RSA.Create(1024);
        using var strange = ECDsa.Create(ECCurve.CreateFromFriendlyName("secp256k1"));
        Assert.Equal(JwtBundleError.UnsupportedKey, Error(new JwtAuthority("a", weak.ExportSubjectPublicKeyInfo())));
        Assert.Equal(JwtBundleError.UnsupportedKey, Error(new JwtAuthority("a", strange.ExportSubjectPublicKeyInfo())));
        Assert.Equal(JwtBundleError.UnsupportedKey, Error(new JwtAuthority("a", default)));
        Assert.Equal(JwtBundleError.BadKeyId, Error(new JwtAuthority("", Authority.SubjectPublicKeyInfo)));
        Assert.Equal(JwtBundleError.None, Error(new JwtAuthority(new string('a', JwtAuthority.MaxKeyIdLength), Authority.SubjectPublicKeyInfo)));
        Assert.Equal(JwtBundleError.BadKeyId, Error(new JwtAuthority(new string('a', JwtAuthority.MaxKeyIdLength + 1), Authority.SubjectPublicKeyInfo)));
    }

    [Theory]
    [InlineData(JwtBundle.MaxAuthorities, TrustBundleError.None)]
    [InlineData(JwtBundle.MaxAuthorities + 1, TrustBundleError.TooMany)]
    public void A_document_has_so_many_keys_and_no_more(int count, TrustBundleError expected)
    {
        var one = Encoding.UTF8.GetString(JwtBundleWriter.Write(JwtBundleOf(Authority)));
        var entry = one[one.IndexOf('{', 1)..one.LastIndexOf(']')];
        var entries = Enumerable.Range(0, count).Select(i => entry.Replace($"\"{KeyId}\"", $"\"key-{i}\"", StringComparison.Ordinal));
        var document = Encoding.UTF8.GetBytes($$"""{"keys":[{{string.Join(',', entries)}}]}""");

        Assert.Equal(expected == TrustBundleError.None, JwtBundleReader.TryRead(Domain, document, out _, out var error));
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData(JwtBundle.MaxAuthorities, JwtBundleError.None)]
    [InlineData(JwtBundle.MaxAuthorities + 1, JwtBundleError.TooMany)]
    public void The_number_of_keys_has_a_limit(int count, JwtBundleError expected) =>
        Assert.Equal(expected, Error([.. Enumerable.Repeat(Authority, count)]));

    [Theory]
    [InlineData("nistP256")]
    [InlineData("nistP384")]
    [InlineData("nistP521")]
    [InlineData("rsa")]
    public void What_is_written_is_read_back(string kind)
    {
        using AsymmetricAlgorithm key = kind == "rsa" ? RSA.Create(2048) : ECDsa.Create(ECCurve.CreateFromFriendlyName(kind));
        var bundle = JwtBundleOf(new JwtAuthority("b", key.ExportSubjectPublicKeyInfo()), Authority);
        Assert.True(JwtBundleReader.TryRead(Domain, JwtBundleWriter.Write(bundle), out var read, out var error));
        Assert.Equal(TrustBundleError.None, error);
        Assert.Equal(bundle, read);
        Assert.Equal(["b", KeyId], read.Authorities.Select(authority => authority.KeyId));
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), read.Authorities[0].SubjectPublicKeyInfo.ToArray());
    }

    [Fact]
    public void An_empty_bundle_is_an_empty_list_and_not_null() =>
        Assert.Equal("{\n  \"keys\": []\n}", Encoding.UTF8.GetString(JwtBundleWriter.Write(JwtBundle.Empty(Domain))));

    [Fact]
    public void Verifiers_that_know_open_id_connect_get_keys_for_signatures()
    {
        var json = Encoding.UTF8.GetString(JwtBundleWriter.WriteForOpenIdConnect(JwtBundleOf(Authority)));
        Assert.Contains("\"use\": \"sig\"", json, StringComparison.Ordinal);
        Assert.True(JwtBundleReader.TryRead(Domain, Encoding.UTF8.GetBytes(json), out var read, out _));
        Assert.Empty(read.Authorities); // a document for another purpose
    }

    public static TheoryData<string, TrustBundleError, int> Documents() =>
    [
        new("""{"keys":[KEY]}""", TrustBundleError.None, 1) { Label = "one key" },
        new("""{"keys":[KEY,KEY]}""", TrustBundleError.None, 1) { Label = "one key twice" },
        new("""{"keys":[{"kty":"EC","kid":"k1",POINT}]}""", TrustBundleError.None, 1) { Label = "no use, as SPIRE's agents have it" },
        new("""{"keys":[{"kty":"EC","use":"sig","kid":"k1",POINT}]}""", TrustBundleError.None, 0) { Label = "another use" },
        new("""{"keys":[{"kty":"EC","use":"JWT-SVID","kid":"k1",POINT}]}""", TrustBundleError.None, 0) { Label = "use in upper case" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid","kid":"k1",POINT}]}""", TrustBundleError.None, 0) { Label = "X.509" },
        new("""{"keys":[{"kty":"EC","use":null,"kid":"k1",POINT}]}""", TrustBundleError.None, 0) { Label = "use null" },
        new("""{"keys":[{"kty":"EC","use":"jwt-svid",POINT}]}""", TrustBundleError.None, 0) { Label = "no key ID" },
        new("""{"keys":[{"kty":"EC","use":"jwt-svid","kid":"",POINT}]}""", TrustBundleError.None, 0) { Label = "empty key ID" },
        new("""{"keys":[{"kty":"EC","use":"jwt-svid","kid":1,POINT}]}""", TrustBundleError.None, 0) { Label = "key ID is no text" },
        new("""{"keys":[{"kty":"AKP","use":"jwt-svid","kid":"k1","pub":"AA"},KEY]}""", TrustBundleError.None, 1) { Label = "unknown key type" },
        new("""{"keys":[{"kty":"EC","use":"jwt-svid","kid":"k2","crv":"secp256k1","x":"AA","y":"AA"},KEY]}""", TrustBundleError.None, 1) { Label = "unknown curve" },
        new("""{"keys":[{"kty":"EC","use":"jwt-svid","kid":"k2","crv":"P-256","x":"AA","y":"AA"},KEY]}""", TrustBundleError.None, 1) { Label = "short coordinates" },
        new("""{"keys":[{"kty":"RSA","use":"jwt-svid","kid":"k2","n":"AQAB","e":"AQAB"},KEY]}""", TrustBundleError.None, 1) { Label = "weak RSA" },
        new("""{"keys":[{"kty":"oct","use":"jwt-svid","kid":"k2","k":"AQAB"},KEY]}""", TrustBundleError.None, 1) { Label = "a secret" },
        new("""{"keys":[KEY,{"kty":"EC","use":"jwt-svid","kid":"k1",OTHER}]}""", TrustBundleError.RepeatedKeyId, 0) { Label = "two keys of one name" },
        new("""{"keys":[]}""", TrustBundleError.None, 0) { Label = "empty" },
        new("""{"keys":null}""", TrustBundleError.MissingKeys, 0) { Label = "keys null" },
        new("{}", TrustBundleError.MissingKeys, 0) { Label = "no keys" },
        new("""{"keys":[1]}""", TrustBundleError.MalformedEntry, 0) { Label = "entry is no object" },
        new("null", TrustBundleError.MalformedJson, 0) { Label = "null" },
        new("""{"keys":[{"kid":"k1","kid":"k1"}]}""", TrustBundleError.MalformedJson, 0) { Label = "member twice" },
    ];

    [Theory, MemberData(nameof(Documents))]
    public void Documents_are_read_leniently(string json, TrustBundleError expected, int keys)
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var document = json
            .Replace("KEY", """{"kty":"EC","use":"jwt-svid","kid":"k1",POINT}""", StringComparison.Ordinal)
            .Replace("POINT", Point(Key), StringComparison.Ordinal)
            .Replace("OTHER", Point(other), StringComparison.Ordinal);
        var found = JwtBundleReader.TryRead(Domain, Encoding.UTF8.GetBytes(document), out var bundle, out var error);
        Assert.Equal(expected, error);
        Assert.Equal(found ? keys : null, bundle?.Authorities.Count);
    }

    [Fact]
    public void A_point_off_its_curve_verifies_nothing_and_does_not_throw()
    {
        var off = Encoding.UTF8.GetBytes($$"""{"keys":[{"kty":"EC","kid":"k1","crv":"P-256","x":"{{Text(1)}}","y":"{{Text(1)}}"}]}""");
        Assert.True(JwtBundleReader.TryRead(Domain, off, out var bundle, out _));
        var bundles = BundleSet.Of(TrustBundle.Empty(Domain) with { Jwt = bundle });
        for (var i = 0; i < 2; i++)
        {
            var verdict = SpiffeIdentity.Svids.JwtSvidValidator.Validate(Good, Audience, bundles, Now);
            Assert.Equal(new SpiffeIdentity.Svids.JwtSvidValidation.Refused(SpiffeIdentity.Svids.JwtSvidError.BadSignature), verdict);
        }
    }

    [Fact]
    public void No_mutation_of_a_document_throws()
    {
        var document = JwtBundleWriter.Write(JwtBundleOf(Authority));
        Prop.ForAll(Gens.Mutations(document).ToArbitrary(), mutated =>
            JwtBundleReader.TryRead(Domain, mutated, out var bundle, out var error)
                ? bundle.TrustDomain.Equals(Domain) && error == TrustBundleError.None
                : error != TrustBundleError.None)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static JwtBundleError Error(params JwtAuthority[] authorities) =>
        JwtBundle.TryCreate(Domain, authorities, out _, out var error) ? JwtBundleError.None : error;

    private static string Point(ECDsa key)
    {
        var point = key.ExportParameters(false).Q;
        string Number(byte[]? number) => System.Buffers.Text.Base64Url.EncodeToString(number);
        return $"\"crv\":\"P-256\",\"x\":\"{Number(point.X)}\",\"y\":\"{Number(point.Y)}\"";
    }

    private static string Text(byte last) => System.Buffers.Text.Base64Url.EncodeToString([.. new byte[31], last]);
}
