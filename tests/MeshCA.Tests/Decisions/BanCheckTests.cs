using MeshCA.Cryptography;
using MeshCA.Decisions;
using MeshCA.Revocations;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Decisions;

public sealed class BanCheckTests
{
    private const string Thief = "spiffe://cluster.local/ns/shop/sa/thief";
    private const string Cart = "spiffe://cluster.local/ns/shop/sa/cart";
    private static readonly CertificateFacts Shown = new(new(77), Fingerprint.Of("key"u8), "aabb");
    private readonly ManualTimeProvider _clock = new();
    private readonly TestRevocations _revocations = new();

    [Theory]
    [InlineData(Thief, Cart, null, "Peer")]
    [InlineData(Cart, Thief, null, "Workload")]
    [InlineData(Cart, Cart, Thief, "Proxy")]
    [InlineData(Cart, Cart, Cart, null)]
    [InlineData(null, null, null, null)]
    [InlineData("", "", "", null)]
    public void Each_party_is_held_against_the_bans(string? peer, string? workload, string? proxy, string? expected)
    {
        _revocations.Set(TestRevocations.Ban(Thief));
        Assert.Equal(expected, Find(new(proxy, false), workload, new(peer, IsUnknown: false))?.Party.ToString());
    }

    [Theory]
    [InlineData(true, "UnknownPeer")]
    [InlineData(false, null)]
    public void A_peer_that_nobody_knows_may_be_a_banned_one(bool denies, string? expected)
    {
        _revocations.Set(TestRevocations.Ban(Thief, until: _clock.GetUtcNow().AddHours(1)));
        Assert.Equal(expected, Find(DecisionCaller.Local, Cart, new(null, IsUnknown: true), denies)?.Party.ToString());
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(Find(DecisionCaller.Local, Cart, new(null, IsUnknown: true), denies));
    }

    [Fact]
    public void Where_only_certificates_are_revoked_an_unknown_peer_passes()
    {
        _revocations.Set(TestRevocations.Of(RevocationKind.Authority, "ccdd"));
        Assert.Null(Find(DecisionCaller.Local, Cart, new(null, IsUnknown: true)));
    }

    [Fact]
    public void The_certificates_of_peer_and_proxy_are_held_against_the_revocations()
    {
        _revocations.Set(TestRevocations.Of(RevocationKind.Certificate, "77") with { Serial = new(77), Issuer = "aabb" });
        Assert.Equal(BannedParty.Peer, Find(DecisionCaller.Local, Cart, new(Thief, false) { Certificate = () => Shown })?.Party);
        Assert.Equal(BannedParty.Proxy, Find(new(Cart, false) { Certificate = Shown }, Cart, default)?.Party);
        Assert.Null(Find(DecisionCaller.Local, Cart, new(Thief, false) { Certificate = () => null }));
    }

    [Fact]
    public void A_certificate_is_read_only_where_certificates_are_revoked()
    {
        _revocations.Set(TestRevocations.Ban(Thief));
        Assert.Null(Find(DecisionCaller.Local, Cart, new(Cart, false) { Certificate = () => throw new InvalidOperationException("read") }));
    }

    [Fact]
    public void Looking_allocates_nothing_while_nothing_is_found()
    {
        _revocations.Set(TestRevocations.Ban(Thief), TestRevocations.Ban("spiffe://cluster.local/ns/jail", isPrefix: true, 2));
        var check = new BanCheck(_revocations, deniesUnknown: true, TimeProvider.System);
        var source = new SourceReference(Cart, IsUnknown: false);
        _ = check.Find(DecisionCaller.Local, Cart, in source);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            _ = check.Find(DecisionCaller.Local, Cart, in source);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private Ban? Find(DecisionCaller caller, string? workload, SourceReference source, bool denies = true) =>
        new BanCheck(_revocations, denies, _clock).Find(caller, workload, in source);
}
