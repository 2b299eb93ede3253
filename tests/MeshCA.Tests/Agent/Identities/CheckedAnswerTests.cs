using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Agent.Identities;
using SpiffeIdentity;
using SpiffeIdentity.Pem;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Identities;

public sealed class CheckedAnswerTests : IDisposable
{
    private const string Id = "spiffe://cluster.local/ns/shop/sa/cart";
    private const string Server = "1.3.6.1.5.5.7.3.1";
    private const string Client = "1.3.6.1.5.5.7.3.2";

    private static readonly AnswerRules Rules = new(TrustDomain.Parse("cluster.local"), SpiffeId.Parse(Id));

    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly TestAuthority _intermediate;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public CheckedAnswerTests() => _intermediate = _root.CreateIntermediate();

    [Theory]
    [InlineData("spiffe://evil.example/ns/shop/sa/cart", false)]
    [InlineData("spiffe://cluster.local/ns/shop/sa/other", false)]
    [InlineData(Id, true)]
    public void S5_the_identity_is_the_one_that_was_asked_for(string id, bool isTaken) =>
        Assert.Equal(isTaken, TryCheck([_root.Certificate], out _, id: id));

    [Theory]
    [InlineData("spiffe://evil.example/ns/shop/sa/cart", false)]
    [InlineData("spiffe://cluster.local/ns/shop/sa/other", true)]
    public void Where_the_ca_names_the_identity_it_is_of_the_own_trust_domain(string id, bool isTaken) =>
        Assert.Equal(isTaken, TryCheck([_root.Certificate], out _, rules: Rules with { Id = null }, id: id));

    [Theory]
    [InlineData(new[] { Server }, false)]
    [InlineData(new[] { Client }, false)]
    [InlineData(new[] { Server, Client }, true)]
    [InlineData(new string[0], true)]
    public void X509_S4_4_a_leaf_for_one_side_of_tls_alone_is_not_taken(string[] usages, bool isTaken)
    {
        var oids = new OidCollection();
        Array.ForEach(usages, usage => oids.Add(new Oid(usage)));
        var extra = usages.Length > 0 ? ImmutableArray.Create<X509Extension>(new X509EnhancedKeyUsageExtension(oids, critical: false)) : [];

        Assert.Equal(isTaken, TryCheck([_root.Certificate], out _, change: shape => shape with { Extra = extra }));
    }

    [Fact]
    public void A_root_at_the_end_of_the_chain_is_not_presented_and_an_intermediate_that_is_published_is()
    {
        Assert.True(TryCheck([_root.Certificate, _intermediate.Certificate], out var answer, above: [_intermediate.Certificate, _root.Certificate]));

        Assert.Equal([_intermediate.Certificate], answer!.Svid.Certificates.Skip(1).Select(der => der.ToArray()));
    }

    [Fact]
    public void Every_key_above_the_leaf_is_known_by_its_identifier_whatever_the_chain_leaves_out()
    {
        string[] all = [.. new[] { IdOf(_intermediate), IdOf(_root) }.Order(StringComparer.Ordinal)];

        Assert.True(TryCheck([_root.Certificate], out var whole));
        Assert.Equal(all, whole!.KeyIds.Order(StringComparer.Ordinal));

        // The intermediate is an authority itself, and in the chain there is nothing but the leaf.
        Assert.True(TryCheck([_root.Certificate, _intermediate.Certificate], out var leafOnly, above: []));
        Assert.Equal(all, leafOnly!.KeyIds.Order(StringComparer.Ordinal));
    }

    public void Dispose()
    {
        _key.Dispose();
        _intermediate.Dispose();
        _root.Dispose();
    }

    private static string IdOf(TestAuthority authority)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(authority.Certificate);
        return certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifier!.ToLowerInvariant();
    }

    private bool TryCheck(
        byte[][] bundle,
        out CheckedAnswer? answer,
        byte[][]? above = null,
        AnswerRules? rules = null,
        string id = Id,
        Func<CertificateShape, CertificateShape>? change = null)
    {
        var shape = CertificateShape.Leaf(id);
        var leaf = _intermediate.Sign(new PublicKey(_key), change is null ? shape : change(shape));
        byte[][] chain = [leaf, .. above ?? [_intermediate.Certificate]];
        return CheckedAnswer.TryCreate(
            [.. chain.Select(der => PemWriter.WriteCertificate(der)), string.Concat(bundle.Select(der => PemWriter.WriteCertificate(der)))],
            _key.ExportSubjectPublicKeyInfo(),
            rules ?? Rules,
            TestAuthority.Now,
            out answer,
            out _);
    }
}
