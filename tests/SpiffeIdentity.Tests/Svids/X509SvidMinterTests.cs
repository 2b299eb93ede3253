using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SpiffeIdentity.Svids;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.Tests.Svids;

public sealed class X509SvidMinterTests : IDisposable
{
    private static readonly DateTimeOffset Now = TestAuthority.Now;
    private static readonly TrustDomain Domain = TrustDomain.Parse("example.org");
    private static readonly SpiffeId Id = SpiffeId.Parse("spiffe://example.org/ns/a/sa/b");
    private static readonly byte[] Serial = [0, 0x81, 3, 4, 5, 6, 7, 8, 9];

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose() => _key.Dispose();

    public static TheoryData<Func<AsymmetricAlgorithm>> Keys() =>
    [
        new(() => ECDsa.Create(ECCurve.NamedCurves.nistP256)) { Label = "P-256" },
        new(() => ECDsa.Create(ECCurve.NamedCurves.nistP384)) { Label = "P-384" },
        new(() => ECDsa.Create(ECCurve.NamedCurves.nistP521)) { Label = "P-521" },
        new(() => RSA.Create(2048)) { Label = "RSA" },
    ];

    [Theory, MemberData(nameof(Keys))]
    public void A_root_an_intermediate_and_a_leaf_verify_here_and_on_the_platform(Func<AsymmetricAlgorithm> make)
    {
        using var rootKey = make();
        using var middleKey = make();
        using var leafKey = make();
        var root = X509SvidMinter.SelfSign(Authority(rootKey, "root", pathLength: 1), rootKey);
        var middle = Mint(root, rootKey, Authority(middleKey, "middle", pathLength: 0));
        var leaf = Mint(middle, middleKey, Leaf(leafKey));
        var bundle = Spec.X509SvidSpecTests.BundleOf("example.org", root);
        Assert.True(X509Svid.TryParse([leaf, middle], out var svid, out _));
        Assert.Equal(X509SvidError.None, svid.Verify(bundle, Now));
        Assert.Equal(X509SvidError.None, PlatformPathBuilder.Build([leaf, middle], bundle, Now, out _));
        Assert.Equal(Id, svid.Id);
        Assert.Equal(Serial.AsSpan(1).ToArray(), svid.SerialNumber.ToArray());
        Assert.Equal((Now.AddMinutes(-1), Now.AddHours(1)), (svid.NotBefore, svid.NotAfter));
        Assert.True(svid is { ServesClients: true, ServesServers: true });
    }

    [Fact]
    public void A_leaf_has_the_profile_of_the_standard_as_the_platform_reads_it()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = X509SvidMinter.SelfSign(Authority(rootKey, "root"), rootKey);
        using var leaf = X509CertificateLoader.LoadCertificate(Mint(root, rootKey, Leaf(_key, "a.example", "*.b.example")));
        using var authority = X509CertificateLoader.LoadCertificate(root);
        Assert.Equal("", leaf.Subject);
        Assert.Equal("CN=root", leaf.Issuer);
        Assert.Equal(
            ["2.5.29.15 critical", "2.5.29.37", "2.5.29.19 critical", "2.5.29.14", "2.5.29.35", "2.5.29.17 critical"],
            leaf.Extensions.Select(extension => extension.Oid!.Value + (extension.Critical ? " critical" : "")));
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, leaf.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        Assert.False(leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal(
            ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
            leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(oid => oid.Value));
        Assert.Equal(
            ["a.example", "*.b.example"],
            leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames());
        Assert.Equal(
            authority.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifierBytes.ToArray(),
            leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single().KeyIdentifier!.Value.ToArray());
        Assert.Equal(_key.ExportSubjectPublicKeyInfo(), leaf.PublicKey.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public void A_signing_certificate_has_the_profile_of_the_standard_as_the_platform_reads_it()
    {
        using var root = X509CertificateLoader.LoadCertificate(X509SvidMinter.SelfSign(Authority(_key, "root", pathLength: 3), _key));
        Assert.Equal("CN=root", root.Subject);
        Assert.Equal(
            ["2.5.29.15 critical", "2.5.29.19 critical", "2.5.29.14", "2.5.29.17"],
            root.Extensions.Select(extension => extension.Oid!.Value + (extension.Critical ? " critical" : "")));
        Assert.Equal(
            X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign,
            root.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        var constraints = root.Extensions.OfType<X509BasicConstraintsExtension>().Single();
        Assert.True(constraints is { CertificateAuthority: true, HasPathLengthConstraint: true, PathLengthConstraint: 3 });
        Assert.Contains("spiffe://example.org", System.Text.Encoding.ASCII.GetString(root.RawData), StringComparison.Ordinal);
    }

    [Fact]
    public void Years_beyond_2049_are_written_as_rfc_5280_wants_them()
    {
        Assert.True(X509SvidPlan.TryCreateAuthority(
            Domain, "root", null, Terms(_key, new(2049, 12, 31, 23, 59, 59, TimeSpan.Zero), new(2050, 1, 1, 0, 0, 0, TimeSpan.Zero)), out var plan, out _));
        using var root = X509CertificateLoader.LoadCertificate(X509SvidMinter.SelfSign(plan, _key));
        Assert.Equal((2049, 2050), (root.NotBefore.ToUniversalTime().Year, root.NotAfter.ToUniversalTime().Year));
        Assert.True(root.RawData.AsSpan().IndexOf((byte[])[0x17, 0x0D, .. "491231235959Z"u8]) > 0);
        Assert.True(root.RawData.AsSpan().IndexOf((byte[])[0x18, 0x0F, .. "20500101000000Z"u8]) > 0);
    }

    [Fact]
    public void A_signing_certificate_signs_only_what_it_may()
    {
        var root = X509SvidMinter.SelfSign(Authority(_key, "root", pathLength: 0), _key);
        Assert.True(X509SvidMinter.TryCreate(root, _key, out var minter));
        Assert.False(minter.TryMint(Authority(_key, "below"), out _, out var error));
        Assert.Equal(X509SvidPlanError.PathTooLong, error);
        Assert.True(X509SvidPlan.TryCreateLeaf(Id, Terms(_key, Now, Now.AddDays(30).AddSeconds(1)), [], out var plan, out _));
        Assert.False(minter.TryMint(plan, out _, out error));
        Assert.Equal(X509SvidPlanError.OutlivesAuthority, error);
    }

    [Fact]
    public void What_may_not_sign_becomes_no_minter()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = X509SvidMinter.SelfSign(Authority(_key, "root"), _key);
        Assert.False(X509SvidMinter.TryCreate(Mint(root, _key, Leaf(_key)), _key, out _));
        Assert.False(X509SvidMinter.TryCreate(root, other, out _));
        Assert.False(X509SvidMinter.TryCreate(new byte[3], _key, out _));
        Assert.Throws<ArgumentException>(() => X509SvidMinter.SelfSign(Leaf(_key), _key));
        Assert.Throws<ArgumentException>(() => X509SvidMinter.SelfSign(Authority(_key, "root"), other));
    }

    [Fact]
    public void The_key_is_named_as_the_signing_certificate_names_it()
    {
        // A certificate from elsewhere names its key by another hash, or not at all.
        using var root = TestAuthority.CreateRoot();
        using var key = ECDsa.Create();
        key.ImportFromPem(root.KeyPem);
        using var leaf = X509CertificateLoader.LoadCertificate(Mint(root.Certificate, key, Leaf(_key)));
        using var authority = X509CertificateLoader.LoadCertificate(root.Certificate);
        Assert.Equal(
            authority.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifierBytes.ToArray(),
            leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single().KeyIdentifier!.Value.ToArray());
    }

    private static byte[] Mint(byte[] authority, AsymmetricAlgorithm key, X509SvidPlan plan)
    {
        Assert.True(X509SvidMinter.TryCreate(authority, key, out var minter));
        Assert.True(minter.TryMint(plan, out var certificate, out var error), error.ToString());
        return certificate;
    }

    private static X509SvidPlan Leaf(AsymmetricAlgorithm key, params string[] dnsNames)
    {
        Assert.True(X509SvidPlan.TryCreateLeaf(
            Id, Terms(key, Now.AddMinutes(-1), Now.AddHours(1).AddMilliseconds(5)), dnsNames, out var plan, out _));
        return plan;
    }

    private static X509SvidPlan Authority(AsymmetricAlgorithm key, string name, int? pathLength = null)
    {
        Assert.True(X509SvidPlan.TryCreateAuthority(
            Domain, name, pathLength, Terms(key, Now.AddMinutes(-1), Now.AddDays(30)), out var plan, out _));
        return plan;
    }

    private static CertificateTerms Terms(AsymmetricAlgorithm key, DateTimeOffset from, DateTimeOffset to) => new()
    {
        SubjectPublicKeyInfo = key.ExportSubjectPublicKeyInfo(),
        SerialNumber = Serial,
        NotBefore = from,
        NotAfter = to,
    };
}
