using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using MeshCA.Registers;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;

namespace MeshCA.Federation;

/// <summary>A peer with its bundle read.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Bundle">Its bundle, of its own trust domain alone; null: none yet, and nothing of that domain is trusted.</param>
internal sealed record KnownPeer(FederatedPeer Peer, TrustBundle? Bundle)
{
    /// <summary>Whether an identity gets the bundle.</summary>
    /// <param name="id">The identity.</param>
    public bool IsFor(SpiffeId id) => Peer.Identities.Count == 0 || Peer.Identities.Any(prefix => prefix.Covers(id));
}

/// <summary>All peers at one moment; replaced whole, never changed.</summary>
internal sealed class FederationSnapshot : IRevisioned
{
    private readonly FrozenDictionary<string, KnownPeer> _byName;
    private readonly FrozenDictionary<string, KnownPeer> _byPollKey;

    private FederationSnapshot(long revision, IReadOnlyList<KnownPeer> peers)
    {
        Revision = revision;
        Peers = peers;
        _byName = peers.ToFrozenDictionary(peer => peer.Peer.TrustDomain.Name, StringComparer.Ordinal);
        _byPollKey = peers
            .Where(peer => peer.Peer.PollKeyHash.Length > 0)
            .ToFrozenDictionary(peer => peer.Peer.PollKeyHash, StringComparer.Ordinal);
    }

    /// <summary>No peers.</summary>
    public static FederationSnapshot None { get; } = new(0, []);

    /// <summary>Its revision.</summary>
    public long Revision { get; }

    /// <summary>The peers, by the names of their trust domains.</summary>
    public IReadOnlyList<KnownPeer> Peers { get; }

    /// <summary>Composes one.</summary>
    /// <param name="stored">What is kept.</param>
    /// <param name="previous">The snapshot before, whose documents need not be read again.</param>
    public static FederationSnapshot Compile(StoredFederation stored, FederationSnapshot previous) =>
        new(stored.Revision, [.. stored.Peers.Select(peer => new KnownPeer(peer, BundleOf(peer, previous)))]);

    /// <summary>Finds a peer.</summary>
    /// <returns>The peer, or null.</returns>
    public KnownPeer? Find(TrustDomain trustDomain) => _byName.GetValueOrDefault(trustDomain.Name);

    /// <summary>Finds the peer that was given a key to fetch our bundle by.</summary>
    /// <param name="key">The key as it stands in the path; untrusted.</param>
    /// <returns>The peer, or null. Looked up by its hash, so the time it takes tells nothing of any key.</returns>
    public KnownPeer? FindByPollKey(string key) => _byPollKey.GetValueOrDefault(PollKey.HashOf(key));

    private static TrustBundle? BundleOf(FederatedPeer peer, FederationSnapshot previous)
    {
        if (previous.Find(peer.TrustDomain) is { } before && before.Peer.Document.Span.SequenceEqual(peer.Document.Span))
        {
            return before.Bundle;
        }

        // What is kept was read before it was kept; should another version not read it, nothing of that domain is trusted.
        return !peer.Document.IsEmpty && SpiffeBundleReader.TryRead(peer.TrustDomain, peer.Document, out var bundle, out _) ? bundle : null;
    }
}

/// <summary>Keys by which peers fetch our bundle: who fetches by one is the peer that was given it, as far as it kept it to itself.</summary>
/// <remarks>A key opens nothing, the bundle is public. Whoever has a peer's can say that the peer has our bundle, and no more.</remarks>
internal static class PollKey
{
    private const int Size = 24;

    /// <summary>Longest text that is looked up.</summary>
    public const int MaxLength = 64;

    /// <summary>Draws one.</summary>
    /// <returns>Its text, for one segment of a path.</returns>
    public static string Draw() => System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Size));

    /// <summary>What is kept of one.</summary>
    public static string HashOf(string key) =>
        key.Length <= MaxLength ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))) : "";
}

/// <summary>Where the present peers are found, and the wait for the next.</summary>
internal interface IFederationFeed
{
    /// <summary>The present snapshot; one volatile read.</summary>
    FederationSnapshot Current { get; }

    /// <summary>Waits until a revision, or a later one, is in force.</summary>
    /// <param name="revision">The revision; one that is in force already is returned at once.</param>
    /// <param name="cancellationToken">Bounds the wait.</param>
    /// <returns>The snapshot then in force.</returns>
    ValueTask<FederationSnapshot> WaitForAsync(long revision, CancellationToken cancellationToken);
}
