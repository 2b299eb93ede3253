using System.Net;
using MeshCA.Consumers;
using MeshCA.Federation;
using MeshCA.Rpc.Bundles;
using MeshCA.Tests.Federation;
using Microsoft.Extensions.Logging;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rpc.Bundles;

/// <summary>spiffe §7 item 14: rotation knows which peers fetched the new key.</summary>
public sealed class PeerPollsTests
{
    private static readonly FederatedPeer Peer = new() { TrustDomain = Peers.Other, PollKeyHash = "00", Actor = "uid:0", CreatedAt = StoreSamples.Now };

    private readonly ManualTimeProvider _clock = new(StoreSamples.Now);
    private readonly ConsumerRegistry _registry;
    private readonly PeerPolls _polls;

    public PeerPollsTests()
    {
        _registry = new(new(TimeSpan.FromDays(1), 10), _clock);
        _polls = new(_registry, _clock, new Logger<PeerPolls>(new RecordingLogger()));
    }

    [Fact]
    public void A_peer_has_the_bundle_whose_tag_it_shows()
    {
        Came(4);
        Assert.Equal(
            (ConsumerKind.Peer, "spiffe://other.org", "ipv4:10.0.0.1", 4L),
            Assert.Single(_registry.Live()) is var seen ? (seen.Kind, seen.Identity, seen.Peer, seen.Sequence) : default);
        Came(3); // it went back
        Assert.Equal(3, Assert.Single(_registry.Live()).Sequence);
    }

    [Fact]
    public void One_without_tags_has_what_it_was_sent_once_it_comes_back()
    {
        Came(null);
        _polls.Sent(Peer, 4);
        Assert.Empty(_registry.Live());
        Came(null);
        Assert.Equal(4, Assert.Single(_registry.Live()).Sequence);
        _polls.Sent(Peer, 5);
        Assert.Equal(4, Assert.Single(_registry.Live()).Sequence);
    }

    [Fact]
    public void A_peer_that_is_silent_for_long_is_waited_for_no_more()
    {
        Came(4);
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Empty(_registry.Live());
        Assert.Null(_registry.Find(PeerPolls.IdOf(Peer)));
    }

    [Fact]
    public void A_peer_that_is_removed_is_gone_at_once_and_its_row_with_it()
    {
        Came(4);
        _polls.Sent(Peer, 4);
        _ = _registry.TakeChanges();
        _polls.Forget(Peer);
        Assert.Empty(_registry.Live());
        Assert.Equal([PeerPolls.IdOf(Peer)], _registry.TakeChanges().Removed);
        Came(null); // what it was sent before says nothing
        Assert.Empty(_registry.Live());
    }

    [Fact]
    public void What_was_sent_by_a_path_that_is_void_says_nothing_of_who_has_the_new_one()
    {
        Came(4);
        _polls.Sent(Peer, 5);
        _polls.Void(Peer);
        Came(null);
        Assert.Equal(4, Assert.Single(_registry.Live()).Sequence); // and it is waited for as before
    }

    private void Came(long? shown) => _polls.Came(Peer, IPAddress.Parse("10.0.0.1"), shown);
}
