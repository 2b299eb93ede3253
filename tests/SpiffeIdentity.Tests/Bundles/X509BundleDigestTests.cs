using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.Tests.Bundles;

public sealed class X509BundleDigestTests
{
    private static readonly TrustDomain Domain = TrustDomain.Parse("example.org");

    [Fact]
    public void The_same_authorities_have_the_same_digest_in_any_order_and_others_another()
    {
        using var one = TestAuthority.CreateRoot();
        using var two = TestAuthority.CreateRoot();
        var both = Of(one.Certificate, two.Certificate).Digest;

        Assert.Equal(both, Of(two.Certificate, one.Certificate).Digest);
        Assert.Equal(both.GetHashCode(), Of(two.Certificate, one.Certificate, two.Certificate).Digest.GetHashCode());
        Assert.NotEqual(both, Of(one.Certificate).Digest);
        Assert.NotEqual(Of(one.Certificate).Digest, Of(two.Certificate).Digest);
        Assert.NotEqual(both, Of().Digest);
        Assert.False(both.Equals((object?)null));
    }

    // Others compute it too: proto/meshca/workload/v1/acknowledgements.proto.
    [Fact]
    public void It_is_sha_256_over_the_sorted_sha_256_digests_of_the_certificates()
    {
        using var one = TestAuthority.CreateRoot();
        using var two = TestAuthority.CreateRoot();
        var digests = new[] { one.Certificate, two.Certificate }.Select(der => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(der)))
            .Order(StringComparer.Ordinal);
        var expected = System.Security.Cryptography.SHA256.HashData(Convert.FromHexString(string.Concat(digests)));

        Assert.Equal(expected, Of(one.Certificate, two.Certificate).Digest.Value.ToArray());
        Assert.Equal(Convert.ToHexStringLower(expected), $"{Of(one.Certificate, two.Certificate).Digest}");
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(31, false)]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void Only_32_bytes_are_a_digest(int length, bool isOne)
    {
        Assert.Equal(isOne, X509BundleDigest.TryRead(new byte[length], out var digest));
        Assert.Equal(isOne, digest is not null);
    }

    private static X509Bundle Of(params ReadOnlyMemory<byte>[] certificates) =>
        X509Bundle.TryCreate(Domain, certificates, out var bundle, out var error) ? bundle : throw new InvalidOperationException($"{error}");
}
