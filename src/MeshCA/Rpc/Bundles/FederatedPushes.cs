using MeshCA.Federation;
using MeshCA.Registration;
using MeshCA.Wire.Identity;
using SpiffeIdentity;

namespace MeshCA.Rpc.Bundles;

/// <summary>The bundles of federated trust domains for those that follow them: each identity gets those that are meant for it.</summary>
/// <param name="feed">Wakes those that wait, at once.</param>
/// <param name="own">The trust domains that our own roots speak for. Settings may have given a cluster one that was federated before: then nobody gets the other's roots for it.</param>
internal sealed class FederatedPushes(IFederationFeed feed, PermittedTrustDomains own)
{
    /// <summary>The bundles that an identity gets.</summary>
    /// <param name="id">The identity.</param>
    public IStatePushes For(SpiffeId id) => new View(feed, own, id);

    private sealed class View(IFederationFeed feed, PermittedTrustDomains own, SpiffeId id) : IStatePushes
    {
        public async Task<IPushedState> WaitForOtherAsync(IPushedState? known, CancellationToken cancellationToken)
        {
            while (true)
            {
                var snapshot = feed.Current;
                var current = new PushedFederation([.. snapshot.Peers.Where(peer => peer.Bundle is not null && peer.IsFor(id) && !own.Contains(peer.Peer.TrustDomain))]);
                if (known is not PushedFederation before || !current.SaysTheSameAs(before))
                {
                    return current;
                }

                await feed.WaitForAsync(snapshot.Revision + 1, cancellationToken);
            }
        }
    }
}

/// <summary>The bundles of federated trust domains at one moment, as one stream sends them.</summary>
/// <param name="peers">Those with a bundle.</param>
internal sealed class PushedFederation(IReadOnlyList<KnownPeer> peers) : IPushedState
{
    /// <inheritdoc />
    public IReadOnlyList<WatchResponse> Messages => FederatedMessages.Of([.. peers.Select(peer => peer.Bundle!)]); // not null: chosen so

    /// <inheritdoc />
    public long? RevocationRevision => null;

    /// <summary>Whether a stream that has sent one need not send the other.</summary>
    public bool SaysTheSameAs(PushedFederation other) =>
        peers.Count == other.Count && peers.Index().All(peer => ReferenceEquals(peer.Item.Bundle, other[peer.Index]));

    private int Count => peers.Count;

    private object? this[int index] => peers[index].Bundle;
}
