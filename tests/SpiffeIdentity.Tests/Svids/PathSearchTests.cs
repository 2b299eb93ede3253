using System.Security.Cryptography.X509Certificates;
using SpiffeIdentity.Svids;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.Tests.Svids;

public sealed class PathSearchTests : IDisposable
{
    private const string Id = "spiffe://example.org/a";

    private readonly TestAuthority _root = TestAuthority.CreateRoot();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void A_path_that_ended_does_not_hide_one_that_holds()
    {
        // One key, certified twice: a renewal, of which peers may present both.
        using var intermediate = _root.CreateIntermediate();
        var old = Certify(intermediate, shape => shape with { NotAfter = TestAuthority.Now.AddSeconds(-1) });
        var leaf = intermediate.IssueLeaf(Id);
        Assert.Equal(X509SvidError.Expired, Error([leaf, old]));
        Assert.Equal(X509SvidError.None, Error([leaf, old, intermediate.Certificate]));
        Assert.Equal(X509SvidError.None, Error([leaf, intermediate.Certificate, old]));
    }

    [Fact]
    public void Authorities_that_certify_each_other_lead_nowhere_and_end()
    {
        using var one = TestAuthority.CreateRoot(name: "one");
        using var two = TestAuthority.CreateRoot(name: "two");
        byte[][] circle = [one.IssueLeaf(Id), Cross(two, one, "one"), Cross(one, two, "two"), one.Certificate, two.Certificate];
        Assert.Equal(X509SvidError.NoPathToBundle, Error(circle));
    }

    [Fact]
    public void A_chain_of_one_name_and_many_keys_costs_a_bounded_number_of_signatures()
    {
        // Nine authorities of one name, each signed by all others: more paths than anybody can try.
        var all = Enumerable.Range(0, 9).Select(_ => TestAuthority.CreateRoot(name: "same")).ToList();
        byte[][] chain = [all[0].IssueLeaf(Id), .. all.Skip(1).Select(authority => Cross(all[0], authority, "same")), all[0].Certificate];
        Assert.NotEqual(X509SvidError.None, Error(chain));
        all.ForEach(authority => authority.Dispose());
    }

    [Fact]
    public void A_chain_that_only_the_platform_can_judge_is_not_judged_over_and_over()
    {
        // Each of eight makes a whole path of its own, with a rule that is not known here; the ninth would be good.
        using var intermediate = _root.CreateIntermediate();
        var odd = Enumerable.Range(0, 8).Select(i => Certify(
            intermediate, shape => shape with { Extra = [new X509Extension($"1.2.3.{i}", [0x05, 0x00], critical: true)] }));
        byte[][] chain = [intermediate.IssueLeaf(Id), .. odd];
        Assert.Equal(X509SvidError.PathRefused, Error(chain));
        Assert.Equal(X509SvidError.None, Error([.. chain, intermediate.Certificate]));
    }

    [Fact]
    public void The_path_length_of_the_anchor_counts_too()
    {
        using var root = TestAuthority.CreateRoot(shape => shape with { PathLength = 0 });
        using var intermediate = root.CreateIntermediate();
        Assert.Equal(X509SvidError.PathRefused, Error([intermediate.IssueLeaf(Id), intermediate.Certificate], root.Certificate));
        Assert.Equal(X509SvidError.None, Error([root.IssueLeaf(Id)], root.Certificate));
    }

    [Fact]
    public void An_anchor_of_the_wrong_kind_is_none()
    {
        using var stamp = TestAuthority.CreateRoot(shape => shape with { KeyUsage = X509KeyUsageFlags.DigitalSignature });
        Assert.Equal(X509SvidError.NotAnAuthority, Error([stamp.IssueLeaf(Id)], stamp.Certificate));
    }

    [Fact]
    public void Bytes_between_that_are_no_certificate_are_passed_over()
    {
        using var intermediate = _root.CreateIntermediate();
        Assert.Equal(X509SvidError.None, Error([intermediate.IssueLeaf(Id), [0x30, 0x00], intermediate.Certificate]));
    }

    private static byte[] Cross(TestAuthority issuer, TestAuthority subject, string name)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(subject.Certificate);
        return issuer.Sign(certificate.PublicKey, CertificateShape.Authority(name));
    }

    private byte[] Certify(TestAuthority subject, Func<CertificateShape, CertificateShape> change)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(subject.Certificate);
        return _root.Sign(certificate.PublicKey, change(CertificateShape.Authority("intermediate", 0)));
    }

    private X509SvidError Error(byte[][] chain, byte[]? anchor = null) => X509PathBuilder.TryBuild(
        [.. chain.Select(der => (ReadOnlyMemory<byte>)der)],
        Spec.X509SvidSpecTests.BundleOf("example.org", anchor ?? _root.Certificate),
        TestAuthority.Now,
        out _,
        out var error) ? X509SvidError.None : error;
}
