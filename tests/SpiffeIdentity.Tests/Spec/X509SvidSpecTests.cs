using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.Tests.Spec;

/// <summary>X509-SVID: one good chain, and one fault at a time.</summary>
public sealed class X509SvidSpecTests : IDisposable
{
    private const string Id = "spiffe://example.org/ns/a/sa/b";

    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly TestAuthority _intermediate;

    public X509SvidSpecTests() => _intermediate = _root.CreateIntermediate();

    public void Dispose()
    {
        _intermediate.Dispose();
        _root.Dispose();
    }

    public static TheoryData<Func<CertificateShape, CertificateShape>, X509SvidError> Leaves() =>
    [
        new(shape => shape, X509SvidError.None) { Label = "good" },
        new(shape => shape with { DnsNames = ["a.example"] }, X509SvidError.None) { Label = "S2 DNS names beside" },
        new(shape => shape with { IsAuthority = null }, X509SvidError.None) { Label = "S4_1 no basic constraints" },
        new(shape => shape with { KeyUsage = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment }, X509SvidError.None) { Label = "S4_3 key encipherment" },
        new(shape => shape with { Uris = [] }, X509SvidError.NoUri) { Label = "S2 no URI" },
        new(shape => shape with { Uris = [], DnsNames = ["a.example"] }, X509SvidError.NoUri) { Label = "S2 DNS name only" },
        new(shape => shape with { Uris = [Id, "spiffe://example.org/c"] }, X509SvidError.SeveralUris) { Label = "S2 two URIs" },
        new(shape => shape with { Uris = [Id, Id] }, X509SvidError.SeveralUris) { Label = "S2 the same URI twice" },
        new(shape => shape with { Uris = [Id, "https://example.org"] }, X509SvidError.SeveralUris) { Label = "S2 another URI beside" },
        new(shape => shape with { Uris = ["https://example.org/a"] }, X509SvidError.BadSpiffeId) { Label = "S2 no SPIFFE ID" },
        new(shape => shape with { Uris = ["spiffe://Example.org/a"] }, X509SvidError.BadSpiffeId) { Label = "S2 upper case" },
        new(shape => shape with { Uris = [""] }, X509SvidError.BadSpiffeId) { Label = "S2 empty URI" },
        new(shape => shape with { RawUri = [.. "spiffe://example.org/a"u8, 0xC3, 0xBC] }, X509SvidError.BadSpiffeId) { Label = "S2 outside ASCII" },
        new(shape => shape with { RawUri = [.. "spiffe://example.org/a"u8, 0] }, X509SvidError.BadSpiffeId) { Label = "S2 NUL behind" },
        new(shape => shape with { Uris = ["spiffe://example.org"] }, X509SvidError.NoPath) { Label = "S3_1 no path" },
        new(shape => shape with { IsAuthority = true }, X509SvidError.LeafIsAuthority) { Label = "S5_2 cA" },
        new(shape => shape with { KeyUsage = shape.KeyUsage | X509KeyUsageFlags.KeyCertSign }, X509SvidError.LeafSignsCertificates) { Label = "S5_2 keyCertSign" },
        new(shape => shape with { KeyUsage = shape.KeyUsage | X509KeyUsageFlags.CrlSign }, X509SvidError.LeafSignsCrls) { Label = "S5_2 cRLSign" },
        new(shape => shape with { KeyUsage = X509KeyUsageFlags.KeyAgreement }, X509SvidError.LeafMayNotSign) { Label = "S4_3 no digitalSignature" },
        new(shape => shape with { KeyUsage = null }, X509SvidError.LeafMayNotSign) { Label = "S4_3 no key usage" },
        new(shape => shape with { NotAfter = TestAuthority.Now.AddSeconds(-1) }, X509SvidError.Expired) { Label = "expired" },
        new(shape => shape with { NotAfter = TestAuthority.Now }, X509SvidError.None) { Label = "the last second" },
        new(shape => shape with { NotBefore = TestAuthority.Now.AddSeconds(1) }, X509SvidError.NotYetValid) { Label = "not yet valid" },
        new(shape => shape with { NotBefore = TestAuthority.Now }, X509SvidError.None) { Label = "the first second" },
        new(shape => shape with { Hash = HashAlgorithmName.SHA1 }, X509SvidError.WeakSignature) { Label = "SHA-1" },
        new(shape => shape with { Extra = [new X509Extension("1.2.3.4", [0x05, 0x00], critical: true)] }, X509SvidError.PathRefused) { Label = "unknown critical extension" },
    ];

    [Theory, MemberData(nameof(Leaves))]
    public void S5_2_a_leaf_keeps_every_rule(Func<CertificateShape, CertificateShape> change, X509SvidError expected)
    {
        var leaf = _intermediate.IssueLeaf(Id, change);
        Assert.Equal(expected, Verify([leaf, _intermediate.Certificate], _root.Certificate));
    }

    public static TheoryData<Func<CertificateShape, CertificateShape>, X509SvidError> Intermediates() =>
    [
        new(shape => shape, X509SvidError.None) { Label = "good" },
        new(shape => shape with { IsAuthority = false, PathLength = null }, X509SvidError.NotAnAuthority) { Label = "S4_1 not cA" },
        new(shape => shape with { IsAuthority = null, PathLength = null }, X509SvidError.NotAnAuthority) { Label = "S4_1 no basic constraints" },
        new(shape => shape with { KeyUsage = X509KeyUsageFlags.DigitalSignature }, X509SvidError.NotAnAuthority) { Label = "S4_3 no keyCertSign" },
        new(shape => shape with { KeyUsage = null }, X509SvidError.None) { Label = "S4_3 an authority that names no usage" },
        new(shape => shape with { NotAfter = TestAuthority.Now.AddSeconds(-1) }, X509SvidError.Expired) { Label = "expired" },
        new(shape => shape with { NotBefore = TestAuthority.Now.AddSeconds(1) }, X509SvidError.NotYetValid) { Label = "not yet valid" },
        new(shape => shape with { Uris = ["spiffe://example.org"] }, X509SvidError.None) { Label = "S3_1 with the ID of the trust domain" },
    ];

    [Theory, MemberData(nameof(Intermediates))]
    public void S5_1_every_authority_of_the_path_keeps_the_rules(
        Func<CertificateShape, CertificateShape> change, X509SvidError expected)
    {
        using var intermediate = _root.CreateIntermediate(change);
        Assert.Equal(expected, Verify([intermediate.IssueLeaf(Id), intermediate.Certificate], _root.Certificate));
    }

    [Fact]
    public void S5_1_intermediates_come_in_any_order_twice_and_with_the_root()
    {
        using var second = _intermediate.CreateIntermediate(name: "second");
        using var first = _root.CreateIntermediate(pathLength: 1, name: "first");
        using var below = first.CreateIntermediate(name: "below");
        var leaf = below.IssueLeaf(Id);
        Assert.Equal(X509SvidError.None, Verify([leaf, first.Certificate, below.Certificate], _root.Certificate));
        Assert.Equal(X509SvidError.None, Verify(
            [leaf, _root.Certificate, below.Certificate, first.Certificate, below.Certificate, leaf], _root.Certificate));
        Assert.Equal(X509SvidError.PathRefused, Verify(
            [second.IssueLeaf(Id), second.Certificate, _intermediate.Certificate], _root.Certificate));
    }

    [Fact]
    public void S5_1_no_path_means_no_identity()
    {
        using var stranger = TestAuthority.CreateRoot();
        var leaf = _intermediate.IssueLeaf(Id);
        Assert.Equal(X509SvidError.NoPathToBundle, Verify([leaf], _root.Certificate));
        Assert.Equal(X509SvidError.NoPathToBundle, Verify([stranger.IssueLeaf(Id), stranger.Certificate], _intermediate.Certificate));
        Assert.Equal(X509SvidError.NoPathToBundle, Verify([leaf, _intermediate.Certificate, _root.Certificate], Unrelated()));
        Assert.Equal(X509SvidError.NoPathToBundle, Verify([leaf], leaf)); // a leaf is no authority, even in a bundle
    }

    [Fact]
    public void S5_1_an_intermediate_in_the_bundle_is_an_authority_as_it_is()
    {
        var leaf = _intermediate.IssueLeaf(Id);
        Assert.Equal(X509SvidError.None, Verify([leaf], _intermediate.Certificate));
        Assert.Equal(X509SvidError.None, Verify([leaf, _intermediate.Certificate], _intermediate.Certificate));
        Assert.Equal(X509SvidError.None, Verify([leaf, _intermediate.Certificate, _root.Certificate], _intermediate.Certificate));
    }

    [Fact]
    public void S5_1_a_leaf_signed_by_somebody_of_the_same_name_is_refused_below_every_anchor()
    {
        using var falseRoot = _root.Impersonate();
        using var falseIntermediate = _intermediate.Impersonate();
        var leaf = falseIntermediate.IssueLeaf(Id);
        byte[][][] chains =
        [
            [leaf],
            [leaf, falseIntermediate.Certificate],
            [leaf, _intermediate.Certificate],
            [leaf, _intermediate.Certificate, _root.Certificate],
            [leaf, falseIntermediate.Certificate, _intermediate.Certificate, _root.Certificate],
            [falseRoot.IssueLeaf(Id), _root.Certificate],
            [falseRoot.IssueLeaf(Id), falseRoot.Certificate],
            [falseRoot.IssueLeaf(Id), falseRoot.Certificate, _root.Certificate],
        ];
        foreach (var chain in chains)
        {
            Assert.All<byte[]>([_root.Certificate, _intermediate.Certificate], anchor => Assert.NotEqual(X509SvidError.None, Verify(chain, anchor)));
        }
    }

    [Fact]
    public void S5_1_a_signature_with_one_bit_changed_is_refused_below_every_anchor()
    {
        var leaf = _intermediate.IssueLeaf(Id);
        leaf[^1] ^= 1;
        Assert.Equal(X509SvidError.BadSignature, Verify([leaf, _intermediate.Certificate], _root.Certificate));
        Assert.Equal(X509SvidError.BadSignature, Verify([leaf], _intermediate.Certificate));
        Assert.Equal(X509SvidError.BadSignature, Verify([leaf, _intermediate.Certificate, _root.Certificate], _intermediate.Certificate));

        var intermediate = (byte[])_intermediate.Certificate.Clone();
        intermediate[^1] ^= 1;
        Assert.Equal(X509SvidError.BadSignature, Verify([_intermediate.IssueLeaf(Id), intermediate], _root.Certificate));
    }

    [Fact]
    public void S5_1_a_false_root_on_top_cannot_stop_the_check_of_what_is_below()
    {
        // The engine stops at the first bad signature, from the top: the leaf below must not count as verified.
        using var falseRoot = _root.Impersonate();
        using var falseIntermediate = _intermediate.Impersonate();
        var chain = new[] { falseIntermediate.IssueLeaf(Id), _intermediate.Certificate, falseRoot.Certificate };
        Assert.NotEqual(X509SvidError.None, Verify(chain, _intermediate.Certificate));
    }

    [Fact]
    public void S5_1_only_the_bundle_of_the_leafs_own_trust_domain_counts()
    {
        var leaf = _root.IssueLeaf("spiffe://other.org/a");
        Assert.True(X509Svid.TryParse([leaf], out var svid, out _));
        Assert.Equal(X509SvidError.OtherTrustDomain, svid.Verify(BundleOf("example.org", _root.Certificate), TestAuthority.Now));
        Assert.Equal(X509SvidError.None, svid.Verify(BundleOf("other.org", _root.Certificate), TestAuthority.Now));
        Assert.Equal(
            X509SvidError.EmptyBundle,
            svid.Verify(X509Bundle.Empty(TrustDomain.Parse("other.org")), TestAuthority.Now));
    }

    [Fact]
    public void S3_2_a_signing_certificate_carries_the_id_of_its_trust_domain_and_is_nobodys_credential()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var terms = new CertificateTerms
        {
            SubjectPublicKeyInfo = key.ExportSubjectPublicKeyInfo(),
            SerialNumber = RandomNumberGenerator.GetBytes(16),
            NotBefore = TestAuthority.Now,
            NotAfter = TestAuthority.Now.AddDays(1),
        };
        Assert.True(X509SvidPlan.TryCreateAuthority(TrustDomain.Parse("example.org"), "root", null, terms, out var plan, out _));
        Assert.True(plan.Id.IsTrustDomainId);
        var root = X509SvidMinter.SelfSign(plan, key);
        Assert.Equal(X509SvidError.NoPath, Verify([root], root));
        Assert.Equal(X509SvidError.LeafIsAuthority, Verify([_root.IssueLeaf(Id, shape => shape with { IsAuthority = true })], _root.Certificate));
    }

    [Theory]
    [InlineData("example.org", X509SvidError.None)]
    [InlineData("other.org", X509SvidError.PathRefused)]
    public void S4_2_uri_name_constraints_of_a_signing_certificate_are_kept(string host, X509SvidError expected)
    {
        byte[] name = [0x86, (byte)host.Length, .. System.Text.Encoding.ASCII.GetBytes(host)];
        byte[] constraints = [0x30, (byte)(name.Length + 4), 0xA0, (byte)(name.Length + 2), 0x30, (byte)name.Length, .. name];
        using var intermediate = _root.CreateIntermediate(
            shape => shape with { Extra = [new X509Extension("2.5.29.30", constraints, critical: true)] });
        Assert.Equal(expected, Verify([intermediate.IssueLeaf(Id), intermediate.Certificate], _root.Certificate));
    }

    public static TheoryData<string[]?, bool, bool> Purposes() =>
    [
        new(null, true, true) { Label = "no extension" },
        new(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"], true, true) { Label = "both" },
        new(["1.3.6.1.5.5.7.3.1"], true, false) { Label = "servers" },
        new(["1.3.6.1.5.5.7.3.2"], false, true) { Label = "clients" },
        new(["2.5.29.37.0"], false, false) { Label = "any, which names neither" },
    ];

    [Theory, MemberData(nameof(Purposes))]
    public void S4_4_an_extended_key_usage_says_which_side_of_tls_a_leaf_serves(string[]? purposes, bool servers, bool clients)
    {
        var oids = new OidCollection();
        foreach (var purpose in purposes ?? [])
        {
            oids.Add(new Oid(purpose));
        }

        var leaf = _root.IssueLeaf(
            Id, shape => shape with { Extra = purposes is null ? [] : [new X509EnhancedKeyUsageExtension(oids, critical: false)] });
        Assert.True(X509Svid.TryParse([leaf], out var svid, out _));
        Assert.Equal((servers, clients), (svid.ServesServers, svid.ServesClients));
        Assert.Equal(X509SvidError.None, Verify([leaf], _root.Certificate)); // what the other side wants to know is not a matter of the path
    }

    [Fact]
    public void S6_1_an_authority_is_published_without_a_key_id_and_with_its_one_certificate()
    {
        var document = SpiffeBundleWriter.Write(new TrustBundle(BundleOf("example.org", _root.Certificate)));
        using var json = System.Text.Json.JsonDocument.Parse(document);
        var entry = Assert.Single(json.RootElement.GetProperty("keys").EnumerateArray());
        Assert.Equal("x509-svid", entry.GetProperty("use").GetString());
        Assert.False(entry.TryGetProperty("kid", out _));
        Assert.Equal(_root.Certificate, Assert.Single(entry.GetProperty("x5c").EnumerateArray()).GetBytesFromBase64());
    }

    [Theory]
    [InlineData("""{"kty":"EC","use":"x509-svid"}""", 0)]
    [InlineData("""{"kty":"EC","use":"x509-svid","x5c":[]}""", 0)]
    [InlineData("""{"kty":"EC","use":"x509-svid","x5c":["ROOT","what comes behind is not looked at"]}""", 1)]
    public void S6_2_of_an_entry_the_first_certificate_counts_and_without_one_it_is_ignored(string entry, int expected)
    {
        var document = $$"""{"keys":[{{entry.Replace("ROOT", Convert.ToBase64String(_root.Certificate), StringComparison.Ordinal)}}]}""";
        Assert.True(SpiffeBundleReader.TryRead(
            TrustDomain.Parse("example.org"), System.Text.Encoding.UTF8.GetBytes(document), out var bundle, out _));
        Assert.Equal(expected, bundle.X509.Authorities.Count);
    }

    internal static X509Bundle BundleOf(string trustDomain, params byte[][] authorities)
    {
        Assert.True(X509Bundle.TryCreate(
            TrustDomain.Parse(trustDomain), [.. authorities.Select(der => (ReadOnlyMemory<byte>)der)], out var bundle, out _));
        return bundle;
    }

    private static byte[] Unrelated()
    {
        using var unrelated = TestAuthority.CreateRoot(name: "unrelated");
        return unrelated.Certificate;
    }

    private static X509SvidError Verify(byte[][] chain, byte[] anchor) =>
        X509Svid.TryParse([.. chain.Select(der => (ReadOnlyMemory<byte>)der)], out var svid, out var error)
            ? svid.Verify(BundleOf("example.org", anchor), TestAuthority.Now)
            : error;
}
