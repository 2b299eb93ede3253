using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.Tests.Bundles;

public sealed class SpiffeBundleTests
{
    private static readonly TrustDomain Domain = TrustDomain.Parse("example.org");

    public static TheoryData<Func<(byte[], AsymmetricAlgorithm)>, string> Keys() =>
    [
        new(() => SelfSigned(ECDsa.Create(ECCurve.NamedCurves.nistP256)), "kty,crv,x,y") { Label = "P-256" },
        new(() => SelfSigned(ECDsa.Create(ECCurve.NamedCurves.nistP384)), "kty,crv,x,y") { Label = "P-384" },
        new(() => SelfSigned(ECDsa.Create(ECCurve.NamedCurves.nistP521)), "kty,crv,x,y") { Label = "P-521" },
        new(() => SelfSigned(RSA.Create(2048)), "kty,n,e") { Label = "RSA" },
    ];

    [Theory, MemberData(nameof(Keys))]
    public void An_entry_holds_the_key_beside_its_one_certificate(Func<(byte[], AsymmetricAlgorithm)> make, string members)
    {
        var (certificate, key) = make();
        using var document = JsonDocument.Parse(SpiffeBundleWriter.Write(new TrustBundle(BundleOf(certificate))));
        var entry = document.RootElement.GetProperty("keys")[0];
        Assert.Equal(
            members.Split(',').Concat(["use", "x5c"]).Order(), entry.EnumerateObject().Select(member => member.Name).Order());
        Assert.Equal("x509-svid", entry.GetProperty("use").GetString());
        Assert.Equal(1, entry.GetProperty("x5c").GetArrayLength());
        Assert.Equal(certificate, entry.GetProperty("x5c")[0].GetBytesFromBase64());
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), Import(entry).ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public void Sequence_and_refresh_hint_are_integers_of_64_bits_and_of_seconds()
    {
        var bundle = new TrustBundle(X509Bundle.Empty(Domain), ulong.MaxValue, TimeSpan.FromMinutes(5));
        Assert.Equal(
            """
            {
              "keys": [],
              "spiffe_sequence": 18446744073709551615,
              "spiffe_refresh_hint": 300
            }
            """,
            Encoding.UTF8.GetString(SpiffeBundleWriter.Write(bundle)));
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        using var root = TestAuthority.CreateRoot();
        using var next = TestAuthority.CreateRoot();
        var bundle = new TrustBundle(BundleOf(root.Certificate, next.Certificate), 7, TimeSpan.FromMinutes(1));
        Assert.True(SpiffeBundleReader.TryRead(Domain, SpiffeBundleWriter.Write(bundle), out var read, out var error));
        Assert.Equal(TrustBundleError.None, error);
        Assert.Equal(bundle, read);
    }

    public static TheoryData<string, TrustBundleError, int> Documents() =>
    [
        new("""{"keys":[]}""", TrustBundleError.None, 0) { Label = "trusts nothing" },
        new("""{"keys":[ENTRY]}""", TrustBundleError.None, 1) { Label = "one entry" },
        new("""{"keys":[ENTRY,ENTRY],"other":{"a":[1]}}""", TrustBundleError.None, 1) { Label = "repeated, unknown member" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid","kid":"1","x5c":["CERT","!"]}]}""", TrustBundleError.None, 1) { Label = "kid, two x5c" },
        new("""{"keys":[{"kty":"EC","x5c":["CERT"]}]}""", TrustBundleError.None, 0) { Label = "no use" },
        new("""{"keys":[{"kty":"EC","use":"X509-SVID","x5c":["CERT"]}]}""", TrustBundleError.None, 0) { Label = "use in upper case" },
        new("""{"keys":[{"kty":"EC","use":"jwt-svid","kid":"1","crv":"P-256","x":"","y":""}]}""", TrustBundleError.None, 0) { Label = "JWT key" },
        new("""{"keys":[{"kty":"AKP","use":"x509-svid","x5c":["CERT"]}]}""", TrustBundleError.None, 0) { Label = "unknown key type" },
        new("""{"keys":[{"use":"x509-svid","x5c":["CERT"]}]}""", TrustBundleError.None, 0) { Label = "no key type" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid"}]}""", TrustBundleError.None, 0) { Label = "no x5c" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid","x5c":[]}]}""", TrustBundleError.None, 0) { Label = "empty x5c" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid","x5c":["AAAA"]}]}""", TrustBundleError.MalformedCertificate, 0) { Label = "no certificate" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid","x5c":["*"]}]}""", TrustBundleError.MalformedCertificate, 0) { Label = "no base64" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid","x5c":[1]}]}""", TrustBundleError.MalformedCertificate, 0) { Label = "no text" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid","crv":"P-384","x5c":["CERT"]}]}""", TrustBundleError.KeyMismatch, 0) { Label = "other curve" },
        new("""{"keys":[{"kty":"RSA","use":"x509-svid","n":"AA","e":"AQAB","x5c":["CERT"]}]}""", TrustBundleError.KeyMismatch, 0) { Label = "other key type" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid","x":"AAAA","x5c":["CERT"]}]}""", TrustBundleError.KeyMismatch, 0) { Label = "other point" },
        new("""{"keys":[1]}""", TrustBundleError.MalformedEntry, 0) { Label = "entry is no object" },
        new("""{"keys":null}""", TrustBundleError.MissingKeys, 0) { Label = "keys null" },
        new("{}", TrustBundleError.MissingKeys, 0) { Label = "no keys" },
        new("[]", TrustBundleError.MalformedJson, 0) { Label = "no object" },
        new("", TrustBundleError.MalformedJson, 0) { Label = "empty" },
        new("""{"keys":[]} x""", TrustBundleError.MalformedJson, 0) { Label = "text behind" },
        new("""{"keys":[],"keys":[ENTRY]}""", TrustBundleError.MalformedJson, 0) { Label = "member twice" },
        new("""{"keys":[{"kty":"EC","use":"x509-svid","x5c":["\ud800"]}]}""", TrustBundleError.MalformedJson, 0) { Label = "half a surrogate pair" },
        new("""{"keys":[],"spiffe_sequence":18446744073709551615}""", TrustBundleError.None, 0) { Label = "largest sequence" },
        new("""{"keys":[],"spiffe_sequence":18446744073709551616}""", TrustBundleError.BadSequence, 0) { Label = "sequence too large" },
        new("""{"keys":[],"spiffe_sequence":-1}""", TrustBundleError.BadSequence, 0) { Label = "negative sequence" },
        new("""{"keys":[],"spiffe_sequence":"1"}""", TrustBundleError.BadSequence, 0) { Label = "sequence as text" },
        new("""{"keys":[],"spiffe_refresh_hint":2147483647}""", TrustBundleError.None, 0) { Label = "largest hint" },
        new("""{"keys":[],"spiffe_refresh_hint":2147483648}""", TrustBundleError.BadRefreshHint, 0) { Label = "hint too large" },
        new("""{"keys":[],"spiffe_refresh_hint":1.5}""", TrustBundleError.BadRefreshHint, 0) { Label = "part of a second" },
    ];

    [Theory, MemberData(nameof(Documents))]
    public void Documents_are_read_leniently_and_never_by_halves(string json, TrustBundleError expected, int authorities)
    {
        using var root = TestAuthority.CreateRoot();
        var certificate = Convert.ToBase64String(root.Certificate);
        var document = json
            .Replace("ENTRY", """{"kty":"EC","use":"x509-svid","x5c":["CERT"]}""", StringComparison.Ordinal)
            .Replace("CERT", certificate, StringComparison.Ordinal);
        var found = SpiffeBundleReader.TryRead(Domain, Encoding.UTF8.GetBytes(document), out var bundle, out var error);
        Assert.Equal(expected, error);
        Assert.Equal(expected == TrustBundleError.None, found);
        Assert.Equal(found ? authorities : null, bundle?.X509.Authorities.Count);
    }

    [Fact]
    public void Documents_beyond_the_limit_are_not_looked_at()
    {
        var padded = Encoding.UTF8.GetBytes("""{"keys":[]}""".PadRight(SpiffeBundleReader.MaxLength));
        Assert.True(SpiffeBundleReader.TryRead(Domain, padded, out _, out _));
        Assert.False(SpiffeBundleReader.TryRead(Domain, (byte[])[.. padded, (byte)' '], out _, out var error));
        Assert.Equal(TrustBundleError.TooLarge, error);
    }

    [Fact]
    public void No_mutation_of_a_document_throws()
    {
        using var root = TestAuthority.CreateRoot();
        var document = SpiffeBundleWriter.Write(new TrustBundle(BundleOf(root.Certificate), 7, TimeSpan.FromMinutes(5)));
        Prop.ForAll(Gens.Mutations(document).ToArbitrary(), mutated =>
            SpiffeBundleReader.TryRead(Domain, mutated, out var bundle, out var error)
                ? bundle.TrustDomain.Equals(Domain) && error == TrustBundleError.None
                : error != TrustBundleError.None)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static X509Bundle BundleOf(params byte[][] authorities) =>
        Spec.X509SvidSpecTests.BundleOf(Domain.Name, authorities);

    private static (byte[] Certificate, AsymmetricAlgorithm Key) SelfSigned(AsymmetricAlgorithm key)
    {
        var request = key is ECDsa ecdsa
            ? new CertificateRequest("CN=a", ecdsa, HashAlgorithmName.SHA256)
            : new CertificateRequest("CN=a", (RSA)key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(TestAuthority.Now, TestAuthority.Now.AddDays(1));
        return (certificate.RawData, key);
    }

    private static AsymmetricAlgorithm Import(JsonElement entry)
    {
        byte[] Member(string name) => System.Buffers.Text.Base64Url.DecodeFromChars(entry.GetProperty(name).GetString());
        if (entry.GetProperty("kty").GetString() == "RSA")
        {
            return RSA.Create(new RSAParameters { Modulus = Member("n"), Exponent = Member("e") });
        }

        var curve = ECCurve.CreateFromFriendlyName("nist" + entry.GetProperty("crv").GetString()!.Replace("-", "", StringComparison.Ordinal));
        return ECDsa.Create(new ECParameters { Curve = curve, Q = { X = Member("x"), Y = Member("y") } });
    }
}
