using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Authentication.Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.Certificates;

public sealed class ClientCertificateVerifierTests : IDisposable
{
    private const string Id = "spiffe://cluster.local/ns/shop/sa/cart";

    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly TestAuthority _intermediate;
    private readonly ManualTimeProvider _clock = new(TestAuthority.Now);
    private readonly Anchors _anchors = new();
    private readonly ClientCertificateVerifier _verifier;

    public ClientCertificateVerifierTests()
    {
        _intermediate = _root.CreateIntermediate();
        _anchors.Publish(_root);
        _verifier = new ClientCertificateVerifier(_anchors, _clock, NullLogger<ClientCertificateVerifier>.Instance);
    }

    public void Dispose()
    {
        _intermediate.Dispose();
        _root.Dispose();
    }

    public static TheoryData<string, Func<CertificateShape, CertificateShape>, string> Leaves() => new()
    {
        { "good", shape => shape, "accepted" },
        { "for clients and servers", shape => shape with { Extra = [Usage("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2")] }, "accepted" },
        { "for servers only", shape => shape with { Extra = [Usage("1.3.6.1.5.5.7.3.1")] }, "NotForClients" },
        { "no URI", shape => shape with { Uris = [] }, "NoUri" },
        { "two URIs", shape => shape with { Uris = [Id, Id] }, "SeveralUris" },
        { "no SPIFFE ID", shape => shape with { Uris = ["https://shop.example"] }, "BadSpiffeId" },
        { "the trust domain's own ID", shape => shape with { Uris = ["spiffe://cluster.local"] }, "NoPath" },
        { "another trust domain", shape => shape with { Uris = ["spiffe://other.example/ns/shop/sa/cart"] }, "OtherTrustDomain" },
        { "a second trust domain of ours", shape => shape with { Uris = ["spiffe://west.example/ns/shop/sa/cart"] }, "accepted" },
        { "an authority", shape => shape with { IsAuthority = true }, "LeafIsAuthority" },
        { "may sign certificates", shape => shape with { KeyUsage = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign }, "LeafSignsCertificates" },
        { "expired", shape => shape with { NotAfter = TestAuthority.Now.AddSeconds(-1) }, "Expired" },
        { "not yet valid", shape => shape with { NotBefore = TestAuthority.Now.AddSeconds(1) }, "NotYetValid" },
    };

    [Theory, MemberData(nameof(Leaves), DisableDiscoveryEnumeration = true)]
    public void A_leaf_is_judged_by_the_rule(string row, Func<CertificateShape, CertificateShape> change, string expected)
    {
        var verdict = Verify(_intermediate.IssueLeaf(Id, change), _intermediate.Certificate);
        Assert.True(verdict.ToString() == expected, $"{row}: {verdict}");
        Assert.Equal(expected == "accepted", verdict.IsAccepted);
    }

    [Fact]
    public void A_leaf_alone_is_accepted_where_we_know_its_signer()
    {
        // What a resumed TLS session has: the leaf and nothing else.
        var leaf = _intermediate.IssueLeaf(Id, shape => shape);
        Assert.False(Verify(leaf).IsAccepted);
        _anchors.Intermediates = [_intermediate.Certificate];
        Assert.True(Verify(leaf).IsAccepted);
        Assert.True(Verify(leaf, _intermediate.Certificate).IsAccepted);
    }

    [Fact]
    public void The_path_ends_at_a_root_that_is_published_now()
    {
        var leaf = _intermediate.IssueLeaf(Id);
        using var next = TestAuthority.CreateRoot(name: "next");
        _anchors.Publish(_root, next);
        Assert.True(Verify(leaf, _intermediate.Certificate).IsAccepted);
        _anchors.Publish(next);
        Assert.False(Verify(leaf, _intermediate.Certificate).IsAccepted);
        Assert.False(Verify(leaf, _intermediate.Certificate, _root.Certificate).IsAccepted);
        _anchors.Publish();
        Assert.Equal("EmptyBundle", Verify(leaf, _intermediate.Certificate).ToString());
    }

    [Fact]
    public void A_missing_intermediate_or_a_namesake_of_the_root_leads_nowhere()
    {
        Assert.False(Verify(_intermediate.IssueLeaf(Id)).IsAccepted);
        using var impostor = _root.Impersonate();
        Assert.False(Verify(impostor.IssueLeaf(Id)).IsAccepted);
        Assert.False(Verify(impostor.IssueLeaf(Id), impostor.Certificate).IsAccepted);
    }

    [Theory]
    [InlineData(9, true), InlineData(10, false)]
    public void Many_certificates_are_not_looked_at(int others, bool expected)
    {
        var presented = Enumerable.Repeat(_intermediate.Certificate, others).ToArray();
        Assert.Equal(expected, Verify(_intermediate.IssueLeaf(Id), presented).IsAccepted);
    }

    [Fact]
    public void The_handshake_asks_with_what_the_peer_presented_at_the_clock_s_time()
    {
        using var leaf = X509CertificateLoader.LoadCertificate(_intermediate.IssueLeaf(Id));
        using var intermediate = X509CertificateLoader.LoadCertificate(_intermediate.Certificate);
        using var chain = new X509Chain();
        chain.ChainPolicy.ExtraStore.Add(intermediate);
        Assert.True(_verifier.Accept(leaf, chain));
        Assert.False(_verifier.Accept(leaf, null));
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.False(_verifier.Accept(leaf, chain));
    }

    private ClientCertificateVerdict Verify(byte[] leaf, params byte[][] presented)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(leaf);
        return _verifier.Verify(certificate, [.. presented.Select(der => X509CertificateLoader.LoadCertificate(der))], TestAuthority.Now);
    }

    private static X509EnhancedKeyUsageExtension Usage(params string[] purposes)
    {
        var all = new OidCollection();
        Array.ForEach(purposes, purpose => all.Add(new Oid(purpose)));
        return new X509EnhancedKeyUsageExtension(all, critical: false);
    }

    private sealed class Anchors : ITrustAnchors
    {
        private TestAuthority[] _roots = [];

        public IReadOnlyList<ReadOnlyMemory<byte>> Intermediates { get; set; } = [];

        public X509Bundle? BundleOf(TrustDomain trustDomain)
        {
            Assert.True(X509Bundle.TryCreate(trustDomain, [.. _roots.Select(root => (ReadOnlyMemory<byte>)root.Certificate)], out var bundle, out _));
            return trustDomain.Name is "cluster.local" or "west.example" ? bundle : null;
        }

        public void Publish(params TestAuthority[] roots) => _roots = roots;
    }
}
