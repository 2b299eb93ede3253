using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.Tests.Bundles;

public sealed class SpiffeBundleWriterTests
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
