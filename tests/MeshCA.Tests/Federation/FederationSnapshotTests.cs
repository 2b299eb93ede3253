using MeshCA.Federation;
using MeshCA.Registration;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Federation;

public sealed class FederationSnapshotTests : IDisposable
{
    private readonly TestAuthority _root = TestAuthority.CreateRoot();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Each_bundle_is_read_for_its_own_domain_and_once()
    {
        var stored = Peers.With(StoredFederation.None, Peers.Order(Peers.Spiffe(), Peers.Document("other.org", 3, null, _root)));
        var first = FederationSnapshot.Compile(stored, FederationSnapshot.None);
        Assert.Equal((Peers.Other, 3UL), (first.Find(Peers.Other)!.Bundle!.TrustDomain, first.Find(Peers.Other)!.Bundle!.Sequence));
        Assert.Null(first.Find(TrustDomain.Parse("third.org")));
        var second = FederationSnapshot.Compile(Peers.With(stored, Peers.Order(Peers.Web("third.org"))), first);
        Assert.Same(first.Find(Peers.Other)!.Bundle, second.Find(Peers.Other)!.Bundle);
        Assert.Null(second.Find(TrustDomain.Parse("third.org"))!.Bundle);
    }

    [Fact]
    public void A_document_that_this_version_cannot_read_is_no_bundle()
    {
        var peer = new FederatedPeer { TrustDomain = Peers.Other, Relationship = Peers.Web(), Document = new byte[] { 1 }, Actor = "a", CreatedAt = StoreSamples.Now };
        Assert.Null(FederationSnapshot.Compile(new StoredFederation { Peers = [peer] }, FederationSnapshot.None).Peers[0].Bundle);
    }

    [Fact]
    public void A_peer_is_found_by_its_key_alone()
    {
        var key = PollKey.Draw();
        var planned = FederationPlanner.Invite(StoredFederation.None, Peers.Other, Peers.OwnDomains, PollKey.HashOf(key), "uid:0", "", StoreSamples.Now);
        var snapshot = FederationSnapshot.Compile(Assert.IsType<FederationPlan.Planned>(planned).Next, FederationSnapshot.None);
        Assert.Equal(Peers.Other, snapshot.FindByPollKey(key)!.Peer.TrustDomain);
        foreach (var other in (string[])["", key[1..], key + "a", PollKey.HashOf(key), PollKey.Draw(), new string('a', 100_000)])
        {
            Assert.Null(snapshot.FindByPollKey(other));
        }

        // One without a key is not the peer of the empty one.
        Assert.Null(FederationSnapshot.Compile(Peers.With(StoredFederation.None, Peers.Order(Peers.Web())), FederationSnapshot.None).FindByPollKey(""));
    }

    [Theory]
    [InlineData("spiffe://td/ns/a", true)]
    [InlineData("spiffe://td/ns/a/sa/b", true)]
    [InlineData("spiffe://td/ns/ab", false)]
    public void A_bundle_is_for_the_identities_below_its_prefixes_or_for_all(string id, bool expected)
    {
        Assert.True(SpiffeIdPrefix.TryParse("spiffe://td/ns/a", out var prefix, out _));
        var peer = new FederatedPeer { TrustDomain = Peers.Other, Actor = "a", CreatedAt = StoreSamples.Now };
        Assert.Equal(expected, new KnownPeer(peer with { Identities = [prefix] }, null).IsFor(SpiffeId.Parse(id)));
        Assert.True(new KnownPeer(peer, null).IsFor(SpiffeId.Parse(id)));
    }
}
