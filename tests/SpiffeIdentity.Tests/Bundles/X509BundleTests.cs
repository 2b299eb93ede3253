using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Pem;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.Tests.Bundles;

public sealed class X509BundleTests : IDisposable
{
    private static readonly TrustDomain Domain = TrustDomain.Parse("example.org");

    private readonly TestAuthority _root = TestAuthority.CreateRoot();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Repeated_authorities_are_dropped_and_the_order_kept()
    {
        using var next = TestAuthority.CreateRoot();
        Assert.True(X509Bundle.TryCreate(
            Domain, [next.Certificate, _root.Certificate, next.Certificate], out var bundle, out _));
        Assert.Equal([next.Certificate, _root.Certificate], bundle.Authorities.Select(der => der.ToArray()));
    }

    [Fact]
    public void Bundles_with_the_same_authorities_are_equal_in_any_order()
    {
        using var next = TestAuthority.CreateRoot();
        Assert.True(X509Bundle.TryCreate(Domain, [next.Certificate, _root.Certificate], out var one, out _));
        Assert.True(X509Bundle.TryCreate(Domain, [_root.Certificate, next.Certificate], out var two, out _));
        Assert.True(X509Bundle.TryCreate(TrustDomain.Parse("b"), [_root.Certificate, next.Certificate], out var other, out _));
        Assert.Equal(one, two);
        Assert.Equal(one.GetHashCode(), two.GetHashCode());
        Assert.NotEqual(one, other);
        Assert.NotEqual(one, X509Bundle.Empty(Domain));
    }

    [Fact]
    public void A_bundle_keeps_its_bytes_when_the_callers_change()
    {
        var buffer = (byte[])_root.Certificate.Clone();
        Assert.True(X509Bundle.TryCreate(Domain, [buffer], out var bundle, out _));
        Array.Clear(buffer);
        Assert.True(bundle.Contains(_root.Certificate));
    }

    [Fact]
    public void Pem_is_read_back_as_it_was_written()
    {
        using var next = TestAuthority.CreateRoot();
        Assert.True(X509Bundle.TryCreate(Domain, [next.Certificate, _root.Certificate], out var bundle, out _));
        Assert.True(X509Bundle.TryParsePem(Domain, bundle.ToPem(), out var read, out var error));
        Assert.Equal(X509BundleError.None, error);
        Assert.Equal(bundle, read);
        Assert.EndsWith("-----END CERTIFICATE-----\n", bundle.ToPem(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", X509BundleError.NoCertificate)]
    [InlineData("only text", X509BundleError.NoCertificate)]
    [InlineData("-----BEGIN CERTIFICATE-----\n", X509BundleError.MalformedPem)]
    [InlineData("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", X509BundleError.MalformedPem)]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", X509BundleError.MalformedCertificate)]
    public void Text_that_is_no_bundle_is_refused_with_the_rule(string pem, X509BundleError expected)
    {
        Assert.False(X509Bundle.TryParsePem(Domain, pem, out _, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void A_broken_block_behind_good_ones_is_an_error_and_not_skipped()
    {
        var pem = PemWriter.WriteCertificate(_root.Certificate) + "-----BEGIN CERTIFICATE-----\nAAAA\n";
        Assert.False(X509Bundle.TryParsePem(Domain, pem, out _, out var error));
        Assert.Equal(X509BundleError.MalformedPem, error);
    }

    [Fact]
    public void An_authority_with_a_key_nobody_here_verifies_with_is_refused_and_in_a_document_skipped()
    {
        var certificate = _root.Sign(
            new PublicKey(new Oid("1.3.101.112"), null, new AsnEncodedData(new byte[32])), CertificateShape.Authority("ed25519"));
        Assert.False(X509Bundle.TryCreate(Domain, [_root.Certificate, certificate], out _, out var error));
        Assert.Equal(X509BundleError.UnsupportedKey, error);

        var entries = new[] { certificate, _root.Certificate }
            .Select(der => $$"""{"kty":"EC","use":"x509-svid","x5c":["{{Convert.ToBase64String(der)}}"]}""");
        var document = System.Text.Encoding.UTF8.GetBytes($$"""{"keys":[{{string.Join(',', entries)}}]}""");
        Assert.True(SpiffeBundleReader.TryRead(Domain, document, out var bundle, out _));
        Assert.Equal(_root.Certificate, Assert.Single(bundle.X509.Authorities).ToArray());
    }

    [Theory]
    [InlineData(X509Bundle.MaxAuthorities, X509BundleError.None)]
    [InlineData(X509Bundle.MaxAuthorities + 1, X509BundleError.TooMany)]
    public void The_number_of_authorities_has_a_limit(int count, X509BundleError expected)
    {
        ReadOnlyMemory<byte>[] authorities = [.. Enumerable.Repeat((ReadOnlyMemory<byte>)_root.Certificate, count)];
        Assert.Equal(expected == X509BundleError.None, X509Bundle.TryCreate(Domain, authorities, out _, out var error));
        Assert.Equal(expected, error);
        Assert.Equal(
            expected == X509BundleError.None,
            X509Bundle.TryParsePem(Domain, PemWriter.WriteCertificates(authorities), out _, out var pemError));
        Assert.Equal(expected, pemError);
    }

    [Fact]
    public void Text_beyond_the_limit_is_not_looked_at()
    {
        var pem = PemWriter.WriteCertificate(_root.Certificate).PadLeft(X509Bundle.MaxPemLength, '\n');
        Assert.True(X509Bundle.TryParsePem(Domain, pem, out _, out _));
        Assert.False(X509Bundle.TryParsePem(Domain, "\n" + pem, out _, out var error));
        Assert.Equal(X509BundleError.TooLarge, error);
    }
}
