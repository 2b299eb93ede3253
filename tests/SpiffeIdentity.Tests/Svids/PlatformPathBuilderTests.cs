using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FsCheck;
using FsCheck.Fluent;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.Tests.Svids;

/// <summary>The platform's chain engine as the judge of our own path builder.</summary>
public sealed class PlatformPathBuilderTests : IDisposable
{
    private const string Id = "spiffe://example.org/a";

    private readonly TestAuthority _root = TestAuthority.CreateRoot();

    public void Dispose() => _root.Dispose();

    public static TheoryData<Func<TestAuthority, byte[][]>, X509SvidError> Chains() =>
    [
        new(root => Below(root, shape => shape), X509SvidError.None) { Label = "good" },
        new(root => Below(root, shape => shape with { Hash = HashAlgorithmName.SHA1 }), X509SvidError.WeakSignature) { Label = "SHA-1 in the middle" },
        new(root => Below(root, shape => shape with { NotAfter = TestAuthority.Now.AddSeconds(-1) }), X509SvidError.Expired) { Label = "expired" },
        new(root => Below(root, shape => shape with { NotBefore = TestAuthority.Now.AddSeconds(1) }), X509SvidError.NotYetValid) { Label = "not yet valid" },
        new(root => Below(root, shape => shape with { IsAuthority = false, PathLength = null }), X509SvidError.NotAnAuthority) { Label = "no authority" },
        new(root => Below(root, shape => shape with { HasKeyIdentifier = false }), X509SvidError.None) { Label = "no key identifier" },
        new(root => Below(root, shape => shape with { Extra = [Critical("1.2.3.4", [0x05, 0x00])] }), X509SvidError.PathRefused) { Label = "unknown critical extension" },
        new(root => Below(root, shape => shape with { Extra = [new X509Extension("1.2.3.4", [0x05, 0x00], critical: false)] }), X509SvidError.None) { Label = "unknown extension" },
        new(root => Below(root, shape => shape with { Extra = [Critical("2.5.29.30", UriConstraint(0, "example.org"))] }), X509SvidError.None) { Label = "name constraint kept" },
        new(root => Below(root, shape => shape with { Extra = [Critical("2.5.29.30", UriConstraint(0, "other.org"))] }), X509SvidError.PathRefused) { Label = "name constraint broken" },
        new(root => Below(root, shape => shape with { Extra = [new X509Extension("2.5.29.30", UriConstraint(0, "other.org"), critical: false)] }), X509SvidError.PathRefused) { Label = "name constraint broken, not critical" },
        new(root => Below(root, shape => shape with { Extra = [Critical("2.5.29.30", UriConstraint(1, "example.org"))] }), X509SvidError.PathRefused) { Label = "name excluded" },
        new(root => Below(root, shape => shape with { Extra = [Critical("2.5.29.36", [0x30, 0x03, 0x80, 0x01, 0x00])] }), X509SvidError.None) { Label = "explicit policy wanted: the platform leaves policies alone" },
    ];

    [Theory, MemberData(nameof(Chains))]
    public void Both_come_to_the_same_verdict(Func<TestAuthority, byte[][]> make, X509SvidError expected)
    {
        var chain = make(_root);
        var bundle = Spec.X509SvidSpecTests.BundleOf("example.org", _root.Certificate);
        Assert.Equal((expected, expected), (Ours(chain, bundle), Platforms(chain, bundle)));
    }

    [Theory]
    [InlineData("upper", X509SvidError.None)]
    [InlineData("another", X509SvidError.PathRefused)]
    public void An_authority_that_only_renews_its_own_name_does_not_lengthen_the_path(string name, X509SvidError expected)
    {
        using var upper = _root.CreateIntermediate(name: "upper", pathLength: 1);
        using var renewed = upper.CreateIntermediate(name: name, pathLength: 1);
        using var lower = renewed.CreateIntermediate(name: "lower");
        byte[][] chain = [lower.IssueLeaf(Id), lower.Certificate, renewed.Certificate, upper.Certificate];
        var bundle = Spec.X509SvidSpecTests.BundleOf("example.org", _root.Certificate);
        Assert.Equal((expected, expected), (Ours(chain, bundle), Platforms(chain, bundle)));
    }

    [Fact]
    public void Rules_that_only_the_platform_knows_are_judged_by_it_on_the_leaf_too()
    {
        var leaf = _root.IssueLeaf(Id, shape => shape with { Extra = [Critical("1.2.3.4", [0x05, 0x00])] });
        var bundle = Spec.X509SvidSpecTests.BundleOf("example.org", _root.Certificate);
        Assert.Equal(X509SvidError.PathRefused, Ours([leaf], bundle));
    }

    [Fact]
    public void An_authority_whose_key_is_weak_proves_nothing()
    {
        using var weak = RSA.Create(1024);
        var certificate = SelfSigned(weak, "CN=weak");
        var bundle = Spec.X509SvidSpecTests.BundleOf("example.org", certificate);
        Assert.Equal(X509SvidError.WeakSignature, Ours([Issue(weak, "CN=weak", RSASignaturePadding.Pkcs1)], bundle));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_signature_of_a_kind_that_is_not_known_here_is_judged_by_the_platform(bool isGood)
    {
        using var rsa = RSA.Create(2048);
        using var other = RSA.Create(2048);
        var bundle = Spec.X509SvidSpecTests.BundleOf("example.org", SelfSigned(rsa, "CN=rsa"));
        var leaf = Issue(isGood ? rsa : other, "CN=rsa", RSASignaturePadding.Pss);
        Assert.Equal(isGood ? X509SvidError.None : X509SvidError.BadSignature, Ours([leaf], bundle));
        Assert.Equal(isGood ? X509SvidError.None : X509SvidError.BadSignature, Platforms([leaf], bundle));
    }

    [Fact]
    public void Rsa_chains_verify_here_as_they_do_there()
    {
        using var rsa = RSA.Create(2048);
        var bundle = Spec.X509SvidSpecTests.BundleOf("example.org", SelfSigned(rsa, "CN=rsa"));
        var leaf = Issue(rsa, "CN=rsa", RSASignaturePadding.Pkcs1);
        Assert.Equal((X509SvidError.None, X509SvidError.None), (Ours([leaf], bundle), Platforms([leaf], bundle)));
        leaf[^1] ^= 1;
        Assert.Equal((X509SvidError.BadSignature, X509SvidError.BadSignature), (Ours([leaf], bundle), Platforms([leaf], bundle)));
    }

    [Fact]
    public void On_any_mixture_of_certificates_ours_accepts_only_what_the_platform_accepts_on_that_path()
    {
        using var forest = new Forest();
        var picks =
            from leaf in Gen.Choose(0, forest.Leaves.Count - 1)
            from others in Gen.Choose(0, forest.Authorities.Count - 1).ListOf(5)
            from anchors in Gen.Choose(0, forest.Authorities.Count - 1).ListOf(3)
            from seconds in Gen.Elements(-200, 0, 200)
            select (leaf, others, anchors, seconds);
        Prop.ForAll(picks.ToArbitrary(), pick =>
        {
            byte[][] chain = [forest.Leaves[pick.leaf], .. pick.others.Select(i => forest.Authorities[i])];
            var bundle = Spec.X509SvidSpecTests.BundleOf("example.org", [.. pick.anchors.Select(i => forest.Authorities[i])]);
            var now = TestAuthority.Now.AddSeconds(pick.seconds);
            var isOurs = X509PathBuilder.TryBuild(Memories(chain), bundle, now, out var path, out _);
            if (!isOurs)
            {
                // The platform takes the first path that it meets, so what it finds we must find too.
                return PlatformPathBuilder.Build(Memories(chain), bundle, now, out _) != X509SvidError.None;
            }

            // It may have met another path first: ours alone must please it.
            X509Bundle.TryCreate(bundle.TrustDomain, [path![^1]], out var anchor, out _);
            return PlatformPathBuilder.Build([.. path.SkipLast(1)], anchor!, now, out _) == X509SvidError.None;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(600));
    }

    private static X509SvidError Ours(byte[][] chain, X509Bundle bundle) =>
        X509PathBuilder.TryBuild(Memories(chain), bundle, TestAuthority.Now, out _, out var error) ? X509SvidError.None : error;

    private static X509SvidError Platforms(byte[][] chain, X509Bundle bundle) =>
        PlatformPathBuilder.Build(Memories(chain), bundle, TestAuthority.Now, out _);

    private static ReadOnlyMemory<byte>[] Memories(byte[][] chain) => [.. chain.Select(der => (ReadOnlyMemory<byte>)der)];

    private static byte[][] Below(TestAuthority root, Func<CertificateShape, CertificateShape> change)
    {
        using var intermediate = root.CreateIntermediate(change);
        return [intermediate.IssueLeaf(Id), intermediate.Certificate];
    }

    private static X509Extension Critical(string oid, byte[] value) => new(oid, value, critical: true);

    /// <summary>NameConstraints with one URI, permitted under tag 0 and excluded under tag 1.</summary>
    private static byte[] UriConstraint(int tag, string host)
    {
        byte[] name = [0x86, (byte)host.Length, .. System.Text.Encoding.ASCII.GetBytes(host)];
        byte[] subtree = [0x30, (byte)name.Length, .. name];
        byte[] subtrees = [(byte)(0xA0 | tag), (byte)subtree.Length, .. subtree];
        return [0x30, (byte)subtrees.Length, .. subtrees];
    }

    private static byte[] SelfSigned(RSA key, string name)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using var certificate = request.CreateSelfSigned(TestAuthority.Now.AddDays(-1), TestAuthority.Now.AddDays(1));
        return certificate.RawData;
    }

    private static byte[] Issue(RSA key, string issuer, RSASignaturePadding padding)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=leaf", own, HashAlgorithmName.SHA256);
        using var certificate = request.Create(
            new X500DistinguishedName(issuer),
            X509SignatureGenerator.CreateForRSA(key, padding),
            TestAuthority.Now.AddDays(-1),
            TestAuthority.Now.AddHours(1),
            [1, 2, 3, 4, 5, 6, 7, 8]);
        return certificate.RawData;
    }

    /// <summary>Authorities that have names in common, sign each other both ways, end at different times and allow different depths.</summary>
    private sealed class Forest : IDisposable
    {
        private readonly List<TestAuthority> _made = [];

        public Forest()
        {
            var a = Keep(TestAuthority.CreateRoot(name: "a"));
            var b = Keep(TestAuthority.CreateRoot(name: "b"));
            var falseA = Keep(a.Impersonate());
            var upper = Keep(a.CreateIntermediate(name: "upper", pathLength: 1));
            var lower = Keep(upper.CreateIntermediate(name: "lower"));
            var tooDeep = Keep(lower.CreateIntermediate(name: "deep", pathLength: null));
            var falseLower = Keep(lower.Impersonate());
            var brief = Keep(a.CreateIntermediate(shape => shape with { NotAfter = TestAuthority.Now.AddSeconds(100) }, name: "brief"));
            var late = Keep(b.CreateIntermediate(shape => shape with { NotBefore = TestAuthority.Now.AddSeconds(-100) }, name: "late"));
            var selfIssued = Keep(upper.CreateIntermediate(name: "upper", pathLength: 0));
            Authorities =
            [
                .. _made.Select(authority => authority.Certificate),
                Cross(b, a, "a"), Cross(a, b, "b"), Cross(b, lower, "lower"),
            ];
            Leaves =
            [
                a.IssueLeaf(Id), lower.IssueLeaf(Id), tooDeep.IssueLeaf(Id), falseLower.IssueLeaf(Id), falseA.IssueLeaf(Id),
                brief.IssueLeaf(Id), late.IssueLeaf(Id), selfIssued.IssueLeaf(Id),
                lower.IssueLeaf(Id, shape => shape with { NotAfter = TestAuthority.Now.AddSeconds(-100) }),
            ];
        }

        public IReadOnlyList<byte[]> Authorities { get; }

        public IReadOnlyList<byte[]> Leaves { get; }

        public void Dispose() => _made.ForEach(authority => authority.Dispose());

        private static byte[] Cross(TestAuthority issuer, TestAuthority subject, string name)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(subject.Certificate);
            return issuer.Sign(certificate.PublicKey, CertificateShape.Authority(name));
        }

        private TestAuthority Keep(TestAuthority authority)
        {
            _made.Add(authority);
            return authority;
        }
    }
}
