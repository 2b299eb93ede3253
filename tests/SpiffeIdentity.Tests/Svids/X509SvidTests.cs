using FsCheck;
using FsCheck.Fluent;
using SpiffeIdentity.Pem;
using SpiffeIdentity.Svids;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.Tests.Svids;

public sealed class X509SvidTests
{
    private const string Id = "spiffe://example.org/a";

    [Fact]
    public void A_parsed_svid_says_what_its_leaf_says()
    {
        using var root = TestAuthority.CreateRoot();
        var leaf = root.IssueLeaf(Id);
        using var platform = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(leaf);
        Assert.True(X509Svid.TryParse([leaf], out var svid, out var error));
        Assert.Equal(X509SvidError.None, error);
        Assert.Equal(Id, svid.Id.ToString());
        Assert.Equal(platform.SerialNumberBytes.ToArray(), svid.SerialNumber.ToArray());
        Assert.Equal(platform.NotBefore.ToUniversalTime(), svid.NotBefore.UtcDateTime);
        Assert.Equal(platform.NotAfter.ToUniversalTime(), svid.NotAfter.UtcDateTime);
        Assert.Equal(platform.PublicKey.ExportSubjectPublicKeyInfo(), svid.SubjectPublicKeyInfo.ToArray());
    }

    [Theory]
    [InlineData(2049)]
    [InlineData(2050)]
    [InlineData(9999)]
    public void Dates_are_read_in_both_encodings(int year)
    {
        using var root = TestAuthority.CreateRoot();
        var end = new DateTimeOffset(year, 12, 31, 23, 59, 59, TimeSpan.Zero);
        Assert.True(X509Svid.TryParse([root.IssueLeaf(Id, shape => shape with { NotAfter = end })], out var svid, out _));
        Assert.Equal(end, svid.NotAfter);
    }

    [Fact]
    public void Pem_chains_are_read_with_the_leaf_first()
    {
        using var root = TestAuthority.CreateRoot();
        using var intermediate = root.CreateIntermediate();
        var pem = PemWriter.WriteCertificates([intermediate.IssueLeaf(Id), intermediate.Certificate]);
        Assert.True(X509Svid.TryParsePem(pem, out var svid, out _));
        Assert.Equal(2, svid.Certificates.Count);
        Assert.Equal(Id, svid.Id.ToString());
    }

    [Fact]
    public void Chains_without_end_are_refused()
    {
        using var root = TestAuthority.CreateRoot();
        var leaf = (ReadOnlyMemory<byte>)root.IssueLeaf(Id);
        var authority = (ReadOnlyMemory<byte>)root.Certificate;
        Assert.Equal(X509SvidError.Empty, Error([]));
        Assert.Equal(X509SvidError.None, Error([leaf, .. Enumerable.Repeat(authority, X509Svid.MaxCertificates - 1)]));
        Assert.Equal(X509SvidError.TooLarge, Error([leaf, .. Enumerable.Repeat(authority, X509Svid.MaxCertificates)]));
        Assert.Equal(X509SvidError.TooLarge, Error([leaf, new byte[X509Svid.MaxCertificateLength + 1]]));
        Assert.Equal(X509SvidError.MalformedCertificate, Error([leaf, new byte[X509Svid.MaxCertificateLength]]));
    }

    [Theory]
    [InlineData("", X509SvidError.Empty)]
    [InlineData("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", X509SvidError.MalformedPem)]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", X509SvidError.MalformedPem)]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", X509SvidError.MalformedCertificate)]
    public void Text_that_is_no_chain_is_refused(string pem, X509SvidError expected)
    {
        Assert.False(X509Svid.TryParsePem(pem, out _, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Bytes_behind_a_certificate_are_refused()
    {
        using var root = TestAuthority.CreateRoot();
        Assert.Equal(X509SvidError.MalformedCertificate, Error([(byte[])[.. root.IssueLeaf(Id), 0]]));
    }

    [Fact]
    public void No_mutation_of_a_leaf_throws_or_verifies()
    {
        using var root = TestAuthority.CreateRoot();
        var leaf = root.IssueLeaf(Id);
        var bundle = Spec.X509SvidSpecTests.BundleOf("example.org", root.Certificate);
        Prop.ForAll(Gens.Mutations(leaf).ToArbitrary(), mutated =>
            !X509Svid.TryParse([mutated], out var svid, out var error)
                ? error != X509SvidError.None
                : mutated.AsSpan().SequenceEqual(leaf) || svid.Verify(bundle, TestAuthority.Now) != X509SvidError.None)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    private static X509SvidError Error(ReadOnlyMemory<byte>[] chain)
    {
        var found = X509Svid.TryParse(chain, out var svid, out var error);
        Assert.Equal(found, svid is not null);
        return error;
    }
}
