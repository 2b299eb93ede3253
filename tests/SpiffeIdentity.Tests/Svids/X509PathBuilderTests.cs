using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.Tests.Svids;

public sealed class X509PathBuilderTests : IDisposable
{
    private static readonly TrustDomain TrustDomain = TrustDomain.Parse("example.org");

    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly TestAuthority _upper;
    private readonly TestAuthority _lower;

    public X509PathBuilderTests()
    {
        _upper = _root.CreateIntermediate(name: "upper", pathLength: 1);
        _lower = _upper.CreateIntermediate(name: "lower");
    }

    public void Dispose()
    {
        _root.Dispose();
        _upper.Dispose();
        _lower.Dispose();
    }

    [Fact]
    public void The_path_leads_from_the_first_certificate_to_the_authority_in_order() =>
        Assert.Equal(
            [_lower.Certificate, _upper.Certificate, _root.Certificate],
            Path([_lower.Certificate, _root.Certificate, _upper.Certificate], _root.Certificate));

    [Fact]
    public void The_path_ends_at_an_authority_that_is_not_self_signed() =>
        Assert.Equal(
            [_lower.Certificate, _upper.Certificate],
            Path([_lower.Certificate, _upper.Certificate, _root.Certificate], _upper.Certificate));

    [Fact]
    public void The_path_ends_at_the_first_authority_it_meets() =>
        Assert.Equal([_lower.Certificate, _upper.Certificate], Path([_lower.Certificate], _root.Certificate, _upper.Certificate));

    [Fact]
    public void A_certificate_does_not_vouch_for_itself()
    {
        Assert.Equal(X509SvidError.NoPathToBundle, Error([_lower.Certificate], _lower.Certificate));
        Assert.Equal(
            [_lower.Certificate, _upper.Certificate, _root.Certificate],
            Path([_lower.Certificate, _upper.Certificate], _lower.Certificate, _root.Certificate));
    }

    [Fact]
    public void Without_certificates_or_authorities_there_is_no_path()
    {
        Assert.Equal(X509SvidError.Empty, Error([], _root.Certificate));
        Assert.Equal(X509SvidError.NoPathToBundle, Error([_lower.Certificate, _upper.Certificate]));
    }

    [Fact]
    public void Bytes_that_are_no_certificate_are_refused_and_do_not_throw() =>
        Assert.Equal(X509SvidError.MalformedCertificate, Error([[0x30, 0x00]], _root.Certificate));

    private static IEnumerable<byte[]>? Path(byte[][] certificates, params byte[][] authorities)
    {
        Build(certificates, authorities, out var path, out var error);
        Assert.Equal(X509SvidError.None, error);
        return path?.Select(der => der.ToArray());
    }

    private static X509SvidError Error(byte[][] certificates, params byte[][] authorities)
    {
        Assert.False(Build(certificates, authorities, out var path, out var error));
        Assert.Null(path);
        return error;
    }

    private static bool Build(
        byte[][] certificates, byte[][] authorities, out IReadOnlyList<ReadOnlyMemory<byte>>? path, out X509SvidError error)
    {
        Assert.True(X509Bundle.TryCreate(TrustDomain, [.. authorities.Select(der => (ReadOnlyMemory<byte>)der)], out var bundle, out _));
        return X509PathBuilder.TryBuild(
            [.. certificates.Select(der => (ReadOnlyMemory<byte>)der)], bundle, TestAuthority.Now, out path, out error);
    }
}
