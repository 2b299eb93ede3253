using System.Collections.Concurrent;
using System.Net;
using MeshCA.Consumers;
using MeshCA.Federation;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Rpc.Bundles;

/// <summary>Counts federated peers that fetch our bundle by their own path: one has put a bundle to use when it comes back after it was sent it.</summary>
/// <remarks>
/// A peer that shows tags says itself which bundle it has. One that shows none, as SPIRE does, is taken to have what it was sent the time before:
/// that it came back shows that it lives, and what it fetches is all that its bundle is. Before it comes back, nothing is taken for granted.
/// </remarks>
internal sealed class PeerPolls(ConsumerRegistry registry, TimeProvider clock, ILogger<PeerPolls> logger)
{
    /// <summary>The instance name of every peer: a trust domain is one consumer, however many servers it fetches with.</summary>
    public const string Instance = "bundle endpoint";

    private readonly ConcurrentDictionary<string, long> _sent = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    /// <summary>The consumer that a peer is.</summary>
    public static ConsumerId IdOf(FederatedPeer peer) => new(peer.ConsumerIdentity, Instance, ConsumerKind.Peer);

    /// <summary>Notes a fetch.</summary>
    /// <param name="peer">Whose path it came by.</param>
    /// <param name="address">Where it came from.</param>
    /// <param name="shown">The newest bundle whose tag it shows; null: it shows none.</param>
    public void Came(FederatedPeer peer, IPAddress? address, long? shown)
    {
        if ((shown ?? (_sent.TryGetValue(peer.ConsumerIdentity, out var sent) ? sent : null)) is not { } sequence)
        {
            return;
        }

        var isKept = registry.TryReport(new()
        {
            Kind = ConsumerKind.Peer,
            Identity = peer.ConsumerIdentity,
            Instance = Instance,
            Peer = BundlePollers.AddressOf(address),
            Sequence = sequence,
            LastSeen = clock.GetUtcNow(),
        });
        if (isKept && _known.TryAdd(peer.ConsumerIdentity, true))
        {
            Log.PeerFetchedFirst(logger, peer.TrustDomain.Name);
        }
    }

    /// <summary>Notes that a bundle went out whole.</summary>
    /// <param name="peer">To whom.</param>
    /// <param name="sequence">Its sequence.</param>
    public void Sent(FederatedPeer peer, long sequence) => _sent[peer.ConsumerIdentity] = sequence;

    /// <summary>A peer has another path: what was sent by the former one, to whoever had that, says nothing of the peer. It is waited for as before.</summary>
    public void Void(FederatedPeer peer) => _sent.TryRemove(peer.ConsumerIdentity, out _);

    /// <summary>Lets go of a peer that is none any more: nobody waits for it.</summary>
    public void Forget(FederatedPeer peer)
    {
        _sent.TryRemove(peer.ConsumerIdentity, out _);
        _known.TryRemove(peer.ConsumerIdentity, out _);
        registry.Forget(IdOf(peer));
    }
}
