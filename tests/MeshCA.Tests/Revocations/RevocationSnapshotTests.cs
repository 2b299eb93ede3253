using MeshCA.Cryptography;
using MeshCA.Revocations;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Revocations;

public sealed class RevocationSnapshotTests
{
    private static readonly CertificateFacts Shown = new(new(77), Fingerprint.Of("key"u8), "aabb");

    [Fact]
    public void Of_nothing_nothing_is_found()
    {
        Assert.False(RevocationSnapshot.None.HasBans || RevocationSnapshot.None.HasCertificates);
        Assert.Null(RevocationSnapshot.None.FindBan("spiffe://td/a", default));
        Assert.Null(RevocationSnapshot.None.FindCertificate(Shown));
    }

    [Fact]
    public void A_ban_of_the_identity_that_has_ended_does_not_hide_one_of_a_prefix()
    {
        var now = DateTimeOffset.UnixEpoch.AddDays(1);
        var snapshot = TestRevocations.Snapshot(
            TestRevocations.Ban("spiffe://td/a/b", number: 1, until: now), TestRevocations.Ban("spiffe://td/a", isPrefix: true, 2));
        Assert.Equal(1, snapshot.FindBan("spiffe://td/a/b", now.AddSeconds(-1))?.Number);
        Assert.Equal(2, snapshot.FindBan("spiffe://td/a/b", now)?.Number);
    }

    [Theory]
    [InlineData("aabb", true)]
    [InlineData("ccdd", false)] // the same number of another authority
    [InlineData("", true)] // whose it is, is not known
    public void A_serial_counts_with_its_issuer(string shownBy, bool expected)
    {
        var snapshot = TestRevocations.Snapshot(
            TestRevocations.Of(RevocationKind.Certificate, "77") with { Serial = new(77), Issuer = "aabb" });
        Assert.Equal(expected, snapshot.FindCertificate(Shown with { Authority = shownBy }) is not null);
    }

    [Fact]
    public void A_certificate_is_revoked_with_its_key_and_with_its_signer()
    {
        Assert.NotNull(TestRevocations.Snapshot(TestRevocations.Of(RevocationKind.Key, Shown.Key.ToString())).FindCertificate(Shown));
        Assert.NotNull(TestRevocations.Snapshot(TestRevocations.Of(RevocationKind.Authority, "aabb")).FindCertificate(Shown));
        Assert.Null(TestRevocations.Snapshot(TestRevocations.Of(RevocationKind.Authority, "ccdd")).FindCertificate(Shown));
    }
}
