using MeshCA.Revocations;
using MeshCA.Rpc.Authorization;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rpc.Authorization;

public sealed class PeerCertificateTests
{
    [Fact]
    public void What_envoy_sends_is_read()
    {
        using var root = MeshAuthority.Root(DateTimeOffset.UnixEpoch.AddYears(56));
        Assert.True(CertificateFacts.TryRead(root.Certificate, out var facts));
        Assert.Equal(facts, PeerCertificate.Read(Uri.EscapeDataString(root.CertificatePem)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("%")]
    [InlineData("%zz")]
    [InlineData("-----BEGIN%20CERTIFICATE-----%0AMAA%3D%0A-----END%20CERTIFICATE-----%0A")]
    [InlineData("-----BEGIN%20CERTIFICATE-----%0A!!%0A-----END%20CERTIFICATE-----%0A")]
    public void What_is_no_certificate_is_none(string encoded) => Assert.Null(PeerCertificate.Read(encoded));

    [Fact]
    public void What_is_too_long_is_not_looked_at() => Assert.Null(PeerCertificate.Read(new string('A', 1 << 20)));
}
