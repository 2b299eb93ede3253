using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MeshCA.Authorities;
using MeshCA.Authorities.Plugin;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Issuance.Lints;
using SpiffeIdentity.Pem;
using SpiffeIdentity.Svids;
using TestSupport;
using Xunit;
using static MeshCA.Tests.Authorities.Plugin.PluginSample;

namespace MeshCA.Tests.Authorities.Plugin;

public sealed class PluginAuthorityTests
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(300);
    private static readonly PbeParameters Encryption = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1_000);

    /// <summary>What is taken: the files, and the number of certificates above the signer on its path.</summary>
    public static TheoryData<Func<PluginSample>, int> Accepted() =>
    [
        new(() => new(), 2) { Label = "signer, upper, root" },
        new(() => new() { Chain = Pem(Signer, Upper, Root) }, 2) { Label = "the root in the chain file too" },
        new(() => new() { Chain = Pem(Upper, Signer) }, 2) { Label = "a chain in another order" },
        new(() => new() { Chain = Pem(Upper) }, 2) { Label = "a chain without the signer" },
        new(() => new() { Roots = Pem(Upper) }, 1) { Label = "an anchor that is not self-signed" },
        new(() => new() { Chain = Pem(Signer, Upper, Root), Roots = Pem(Upper) }, 1) { Label = "an anchor below a root that is no anchor" },
        new(() => new() { Roots = Pem(Signer) }, 0) { Label = "the signer itself as anchor, not self-signed" },
        new(() => new() { Certificate = Pem(Root), Key = Root.KeyPem, Chain = Pem(Root) }, 0) { Label = "a self-signed signer" },
        new(() => new() { Roots = Pem(TestAuthority.CreateRoot(name: "other"), Root) }, 2) { Label = "another root beside" },
        new(() => new() { Roots = Pem(TestAuthority.CreateRoot(Expired), Root) }, 2) { Label = "an expired root beside" },
        new(() => new() { Roots = "Certificate:\n    Data:\n" + Pem(Root) + "# end\n" }, 2) { Label = "text around the blocks" },
        new(() => new() { Chain = Pem(Signer, Upper).ReplaceLineEndings("\r\n") }, 2) { Label = "CRLF" },
        new(() => new() { Certificate = Pem(Signer, Upper) }, 2) { Label = "as tls.crt: signer first, then others" },
        new(() => WithSigner(s => s with { NotAfter = TestAuthority.Now }), 2) { Label = "in its last second" },
        new(() => WithSigner(s => s with { NotBefore = TestAuthority.Now }), 2) { Label = "in its first second" },
        new(() => WithSigner(s => s with { KeyUsage = null }), 2) { Label = "a signer that names no usages" },
        new(() => WithRoot(s => s with { PathLength = 2 }), 2) { Label = "as many authorities as the root allows" },
        new(() => WithP384(key => key.ExportECPrivateKeyPem()), 2) { Label = "P-384, SEC 1" },
        new(() => WithP384(key => "-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n-----END EC PARAMETERS-----\n" + key.ExportECPrivateKeyPem()), 2)
            { Label = "parameters before the key, as openssl writes them" },
        new(() => WithRsa(2048), 2) { Label = "RSA of 2048 bits, PKCS#1" },
    ];

    /// <summary>What is refused, and what the fault says.</summary>
    public static TheoryData<Func<PluginSample>, string> Refused() =>
    [
        new(() => new() { Certificate = "" }, "signing certificate file holds no certificate") { Label = "an empty certificate file" },
        new(() => new() { Chain = "hello" }, "certificate chain file holds no certificate") { Label = "a chain that is not PEM" },
        new(() => new() { Roots = "\0" }, "trust bundle file holds no certificate") { Label = "a bundle that is not PEM" },
        new(() => new() { Chain = Pem(Signer)[..^9] }, "certificate chain file holds a broken PEM block") { Label = "a block that does not end" },
        new(() => new() { Roots = Pem(Root) + Pem(Root)[..80] }, "trust bundle file holds a broken PEM block") { Label = "a broken block behind a good one" },
        new(() => new() { Certificate = Pem(Signer).Replace("MII", "M!I", StringComparison.Ordinal) }, "signing certificate file holds a broken PEM block") { Label = "no base64" },
        new(() => new() { Chain = Pem(Signer) + Signer.KeyPem }, "certificate chain file holds something other than certificates") { Label = "a key in the chain" },
        new(() => new() { Certificate = Pem([.. Signer.Certificate, 0]) }, "signing certificate file holds a certificate that cannot be read") { Label = "bytes behind the signer" },
        new(() => new() { Chain = Pem([.. Upper.Certificate, 0]) }, "certificate chain file holds a certificate that cannot be read") { Label = "bytes behind the upper" },
        new(() => new() { Roots = Pem([.. Root.Certificate, 0]) }, "trust bundle file holds a certificate that cannot be read") { Label = "bytes behind the root" },
        new(() => new() { Certificate = Pem([0x30, 0x00]) }, "cannot be decoded") { Label = "DER that is no certificate" },
        new(() => new() { Certificate = TooLarge(Pem(Signer)) }, "signing certificate file is larger") { Label = "a certificate file that is too large" },
        new(() => new() { Chain = TooLarge(Pem(Upper)) }, "certificate chain file is larger") { Label = "a chain that is too large" },
        new(() => new() { Roots = TooLarge(Pem(Root)) }, "trust bundle file is larger") { Label = "a bundle that is too large" },
        new(() => new() { Chain = Pem([.. Enumerable.Repeat(Upper, 65)]) }, "certificate chain file holds more than 64") { Label = "a chain of too many" },
        new(() => new() { Key = "" }, "the key is no unencrypted PEM key") { Label = "no key" },
        new(() => new() { Key = TooLarge(Signer.KeyPem) }, "the key is no unencrypted PEM key") { Label = "a key file that is too large" },
        new(() => new() { Key = Signer.KeyPem + Root.KeyPem }, "the key is no unencrypted PEM key") { Label = "two keys" },
        new(() => WithP384(key => key.ExportSubjectPublicKeyInfoPem()), "the key is no unencrypted PEM key") { Label = "a public key" },
        new(() => WithP384(key => key.ExportEncryptedPkcs8PrivateKeyPem("x", Encryption)), "the key is no unencrypted PEM key") { Label = "an encrypted key" },
        new(() => WithEc(ECCurve.NamedCurves.nistP521, key => key.ExportPkcs8PrivateKeyPem()), "the key is no unencrypted PEM key") { Label = "P-521" },
        new(() => WithRsa(1024), "the key has 1024 bits, fewer than 2048") { Label = "RSA of 1024 bits" },
        new(() => new() { Key = Upper.KeyPem }, "the key is not the signing certificate's") { Label = "another's key" },
        new(() => WithSigner(Expired), "the signing certificate is valid from") { Label = "an expired signer" },
        new(() => WithSigner(s => s with { NotAfter = TestAuthority.Now.AddSeconds(-1) }), "the signing certificate is valid from") { Label = "a second too late" },
        new(() => WithSigner(s => s with { NotBefore = TestAuthority.Now.AddSeconds(1) }), "the signing certificate is valid from") { Label = "a second too early" },
        new(() => WithSigner(s => s with { IsAuthority = false, PathLength = null }), "cA is not true") { Label = "a signer that is no authority" },
        new(() => WithSigner(s => s with { IsAuthority = null }), "cA is not true") { Label = "a signer without basic constraints" },
        new(() => WithSigner(s => s with { KeyUsage = X509KeyUsageFlags.CrlSign }), "keyCertSign is not set") { Label = "a signer without keyCertSign" },
        new(() => WithSigner(s => s with { HasKeyIdentifier = false }), "no subject key identifier") { Label = "a signer without key identifier" },
        new(() => WithSigner(s => s with { Subject = "" }), "an empty subject") { Label = "a signer without name" },
        new(() => WithSigner(Unknown), "chain to the trust bundle: PathRefused") { Label = "a critical extension nobody knows" },
        new(() => WithSigner(s => s with { Hash = HashAlgorithmName.SHA1 }), "chain to the trust bundle: WeakSignature") { Label = "a signer signed with SHA-1" },
        new(() => WithUpper(Expired), "chain to the trust bundle: Expired") { Label = "an expired upper" },
        new(() => WithUpper(s => s with { NotBefore = TestAuthority.Now.AddSeconds(1) }), "chain to the trust bundle: NotYetValid") { Label = "an upper that is not valid yet" },
        new(() => WithUpper(s => s with { IsAuthority = false, PathLength = null }), "chain to the trust bundle") { Label = "an upper that is no authority" },
        new(() => WithUpper(s => s with { KeyUsage = X509KeyUsageFlags.CrlSign }), "chain to the trust bundle") { Label = "an upper without keyCertSign" },
        new(() => WithUpper(s => s with { PathLength = 0 }), "`CN=upper` allows a path of 0 authorities below it, but 1 stand there") { Label = "an upper with path length 0" },
        new(() => WithRoot(s => s with { PathLength = 1 }), "`CN=root` allows a path of 1 authorities below it, but 2 stand there") { Label = "a root with path length 1" },
        new(() => WithRoot(s => s with { PathLength = 0 }), "chain to the trust bundle: PathRefused") { Label = "a root with path length 0" },
        new(() => new() { Chain = Pem(Signer) }, "chain to the trust bundle: NoPathToBundle") { Label = "the upper is missing" },
        new(() => new() { Roots = Pem(TestAuthority.CreateRoot()) }, "chain to the trust bundle") { Label = "another root of the same name" },
        new(() => new() { Roots = Pem(TestAuthority.CreateRoot(name: "other")) }, "chain to the trust bundle: NoPathToBundle") { Label = "another root" },
        new(() => new() { Chain = Pem(Signer, Upper.Impersonate()) }, "chain to the trust bundle") { Label = "another upper of the same name" },
        new(() => new() { Chain = Pem(Signer, Upper, Root), Roots = Pem(TestAuthority.CreateRoot(name: "other")) }, "chain to the trust bundle: NoPathToBundle") { Label = "a root in the chain file is no anchor" },
        new(() => WithRoot(s => s with { IsAuthority = false }), "the trust bundle holds `CN=root`, which is no authority") { Label = "a root that is no authority" },
        new(() => WithRoot(s => s with { IsAuthority = null }), "the trust bundle holds `CN=root`, which is no authority") { Label = "a root without basic constraints" },
        new(() => WithRoot(s => s with { KeyUsage = X509KeyUsageFlags.CrlSign }), "chain to the trust bundle") { Label = "a root without keyCertSign" },
        new(() => WithRoot(Expired), "every certificate of the trust bundle has expired") { Label = "no root that is valid" },
        new(() => WithRoot(Expired) with { Roots = Pem(Root) }, "chain to the trust bundle") { Label = "a valid root that is not the signer's" },
    ];

    [Theory, MemberData(nameof(Accepted))]
    public void Files_that_form_an_authority_are_taken_and_its_leaves_verify(Func<PluginSample> make, int above)
    {
        var sample = make();
        Assert.True(sample.TryCreate(out var authority, out var fault), fault);
        Assert.Null(fault);
        var path = authority!.Above.Take(above).Prepend(authority.Signer.Certificate).ToList();
        Assert.Equal(authority.Anchor.ToArray(), path[^1].ToArray());
        Assert.True(authority.Bundle.Contains(authority.Anchor.Span));
        Assert.StartsWith(authority.Signer.CertificatePem, sample.Certificate, StringComparison.Ordinal);
        Assert.Equal(sample.Chain.ReplaceLineEndings("\n"), PemWriter.WriteCertificates(authority.Above.Skip(above)));
        Assert.Equal(X509SvidError.None, VerifyLeaf(authority));
    }

    [Theory, MemberData(nameof(Refused))]
    public void Files_with_a_fault_are_refused_and_the_fault_is_named(Func<PluginSample> make, string expected)
    {
        Assert.False(make().TryCreate(out var authority, out var fault));
        Assert.Null(authority);
        Assert.Contains(expected, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void No_mutation_of_a_certificate_throws_and_none_of_the_path_below_the_root_is_taken()
    {
        Check(Mutations.Of(Signer.Certificate), der => new() { Certificate = Pem(der) }, mayBeTaken: false);
        Check(Mutations.Of(Root.Certificate), der => new() { Certificate = Pem(der), Roots = Pem(der), Key = Root.KeyPem }, mayBeTaken: true);
        Check(Mutations.Of(Upper.Certificate), der => new() { Chain = Pem(Signer) + Pem(der) }, mayBeTaken: false);
        Check(Mutations.Of(Root.Certificate), der => new() { Roots = Pem(der) }, mayBeTaken: true);
    }

    [Fact]
    public void No_mutation_of_a_text_throws()
    {
        Check(MutationsOf(new PluginSample().Certificate), text => new() { Certificate = text }, mayBeTaken: true);
        Check(MutationsOf(new PluginSample().Chain), text => new() { Chain = text }, mayBeTaken: true);
        Check(MutationsOf(new PluginSample().Roots), text => new() { Roots = text }, mayBeTaken: true);
        Check(MutationsOf(new PluginSample().Key), text => new() { Key = text }, mayBeTaken: true);
    }

    [Fact]
    public void No_bytes_and_no_text_throw()
    {
        var bytes = ArbMap.Default.GeneratorFor<byte[]>();
        var texts = ArbMap.Default.GeneratorFor<string>().Where(text => text is not null);
        Check(bytes, der => new() { Certificate = Pem(der), Chain = Pem(der), Roots = Pem(der) }, mayBeTaken: false);
        Check(bytes, der => new() { Key = PemEncoding.WriteString("PRIVATE KEY", der) }, mayBeTaken: false);
        Check(texts, text => new() { Certificate = text, Key = text, Chain = text, Roots = text }, mayBeTaken: false);
        Check(texts, text => new() { Key = text }, mayBeTaken: false);
    }

    /// <summary>Signs a leaf, and verifies it through what clients get.</summary>
    private static X509SvidError VerifyLeaf(PluginAuthority authority)
    {
        using var key = SigningKey.Generate(KeyAlgorithm.EcdsaP256);
        var snapshot = AuthoritySnapshot.Of(authority.Signer, authority.Above, [], authority.Bundle, bundleSequence: 1);
        var plan = MeshAuthority.LeafPlan(snapshot.Signer, key.PublicKey, TestAuthority.Now) with { NotAfter = TestAuthority.Now };
        Assert.True(LintedCertificate.TryLint(TbsCertificateBuilder.Build(plan), plan, out var linted, out _));
        Assert.True(X509Svid.TryParse([snapshot.Signer.Sign(linted).Der, .. snapshot.Intermediates], out var svid, out _));
        return svid.Verify(snapshot.Bundle, TestAuthority.Now);
    }

    /// <summary>Either an authority or a fault; an authority only from what does not differ from the good one, where that is asked.</summary>
    private static void Check<T>(Gen<T> inputs, Func<T, PluginSample> make, bool mayBeTaken) =>
        Prop.ForAll(inputs.ToArbitrary(), input =>
        {
            var sample = make(input);
            return sample.TryCreate(out var authority, out var fault)
                ? fault is null && authority is not null && (mayBeTaken || sample == new PluginSample())
                : fault is not null && authority is null;
        }).Check(Runs);

    private static Gen<string> MutationsOf(string text) =>
        from mutated in Mutations.Of(Encoding.Latin1.GetBytes(text)) select Encoding.Latin1.GetString(mutated);

    private static CertificateShape Expired(CertificateShape shape) => shape with
    {
        NotBefore = TestAuthority.Now.AddDays(-2),
        NotAfter = TestAuthority.Now.AddDays(-1),
    };

    private static CertificateShape Unknown(CertificateShape shape) =>
        shape with { Extra = [new X509Extension("1.2.3.4", [0x05, 0x00], critical: true)] };

    private static string TooLarge(string pem) => pem + new string('\n', 1 << 20);

    private static PluginSample WithP384(Func<ECDsa, string> pem) => WithEc(ECCurve.NamedCurves.nistP384, pem);

    private static PluginSample WithEc(ECCurve curve, Func<ECDsa, string> pem)
    {
        using var key = ECDsa.Create(curve);
        return WithKey(key, pem(key));
    }

    private static PluginSample WithRsa(int bits)
    {
        using var key = RSA.Create(bits);
        return WithKey(key, key.ExportRSAPrivateKeyPem());
    }
}
