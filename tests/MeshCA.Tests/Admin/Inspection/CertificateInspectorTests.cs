using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MeshCA.Admin.Inspection;
using Xunit;

namespace MeshCA.Tests.Admin.Inspection;

public sealed class CertificateInspectorTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly SampleChain Chain = new(Now);

    private static CertificateReport Leaf(DateTimeOffset now)
    {
        Assert.True(CertificateInspector.TryInspect(Encoding.ASCII.GetBytes(Chain.Pem), now, out var reports, out _));
        return reports[0];
    }

    [Fact]
    public void A_leaf_is_read_field_by_field()
    {
        var leaf = Leaf(Now);

        Assert.Equal("", leaf.Subject);
        Assert.Equal("CN=root, O=cluster.local", leaf.Issuer);
        Assert.Equal("1234", leaf.Serial);
        Assert.Equal("RSA 2048", leaf.Key);
        Assert.Equal("sha256ECDSA", leaf.SignatureAlgorithm);
        Assert.Equal("spiffe://cluster.local/ns/a/sa/b", leaf.SpiffeId);
        Assert.Equal(["URI:spiffe://cluster.local/ns/a/sa/b", "DNS:a.example"], leaf.SubjectAlternativeNames);
        Assert.Equal(["digitalSignature", "keyEncipherment"], leaf.KeyUsage);
        Assert.Equal(["serverAuth", "clientAuth", "1.2.3.4"], leaf.ExtendedKeyUsage);
        Assert.False(leaf.IsAuthority);
        Assert.Null(leaf.PathLength);
        Assert.Null(leaf.SubjectKeyId);
        Assert.Equal(40, leaf.AuthorityKeyId?.Length);
        Assert.Equal(Now.AddMinutes(-1), leaf.NotBefore);
    }

    [Fact]
    public void An_authority_is_read_field_by_field()
    {
        Assert.True(CertificateInspector.TryInspect(Chain.RootDer, Now, out var reports, out _));
        var root = Assert.Single(reports);

        Assert.Equal("ECDSA P-384", root.Key);
        Assert.Equal(["keyCertSign", "cRLSign"], root.KeyUsage);
        Assert.True(root.IsAuthority);
        Assert.Equal(0, root.PathLength);
        Assert.Equal(root.SubjectKeyId, Leaf(Now).AuthorityKeyId);
        Assert.Null(root.SpiffeId);
    }

    // seconds after the end of validity, state
    public static TheoryData<long, int> Moments() =>
    [
        new(-86_460, (int)ValidityState.NotYetValid) { Label = "before it begins" },
        new(-86_459, (int)ValidityState.Valid) { Label = "as it begins" },
        new(0, (int)ValidityState.Valid) { Label = "in its last second" },
        new(1, (int)ValidityState.Expired) { Label = "after its last second" },
    ];

    [Theory, MemberData(nameof(Moments))]
    public void Validity_includes_both_ends(long seconds, int state) =>
        Assert.Equal((ValidityState)state, Leaf(Leaf(Now).NotAfter.AddSeconds(seconds)).State);

    public static TheoryData<string, int> BadInputs()
    {
        var pem = Chain.LeafPem;
        return
        [
            new("", (int)CertificateInputError.NoCertificate) { Label = "nothing" },
            new("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", (int)CertificateInputError.NoCertificate) { Label = "another block" },
            new(pem[..^5], (int)CertificateInputError.MalformedPem) { Label = "cut end line" },
            new(pem + pem.Replace("MII", "M!I", StringComparison.Ordinal), (int)CertificateInputError.MalformedPem) { Label = "the second block broken" },
            new("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", (int)CertificateInputError.MalformedCertificate) { Label = "DER cut short" },
            new("0\u0003abc", (int)CertificateInputError.MalformedCertificate) { Label = "DER of something else" },
            new(Encoding.Latin1.GetString([.. Chain.LeafDer, 0]), (int)CertificateInputError.MalformedCertificate) { Label = "trailing byte" },
            new(string.Concat(Enumerable.Repeat(pem + "\n", CertificateBlocks.MaxCertificates + 1)), (int)CertificateInputError.TooMany) { Label = "one more than the limit" },
        ];
    }

    [Theory, MemberData(nameof(BadInputs))]
    public void Bad_input_is_refused_with_its_reason(string input, int expected)
    {
        Assert.False(CertificateInspector.TryInspect(Encoding.Latin1.GetBytes(input), Now, out var reports, out var error));
        Assert.Null(reports);
        Assert.Equal((CertificateInputError)expected, error);
    }

    [Fact]
    public void Text_and_other_blocks_around_certificates_are_passed_over()
    {
        var text = "subject=...\n-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n" + Chain.Pem + "the end";

        Assert.True(CertificateInspector.TryInspect(Encoding.ASCII.GetBytes(text), Now, out var reports, out _));
        Assert.Equal(2, reports.Count);
    }

    [Fact]
    public void No_bytes_make_it_throw() =>
        Prop.ForAll<byte[]>(bytes =>
            CertificateInspector.TryInspect(bytes ?? [], Now, out _, out var error) == (error == CertificateInputError.None))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void No_changed_certificate_makes_it_throw() => TryMutations(500);

    [Fact]
    [Trait("Category", "Long")]
    public void No_changed_certificate_makes_it_throw_in_many_tries() => TryMutations(20_000);

    // Every byte of a certificate may be wrong; the platform's reader notices some faults only late.
    private static void TryMutations(int tries)
    {
        var change = Gen.Choose(0, int.MaxValue - 1).ToArbitrary();
        Prop.ForAll(change, number =>
        {
            byte[] der = [.. number % 2 == 0 ? Chain.RootDer : Chain.LeafDer];
            der[number / 512 % der.Length] = (byte)(number / 2 % 256);
            return CertificateInspector.TryInspect(der, Now, out _, out var error) == (error == CertificateInputError.None);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(tries));
    }
}
