using MeshCA.Registration;
using SpiffeIdentity;
using SpiffeIdentity.Federation;

namespace MeshCA.Federation;

/// <summary>Another trust domain that we know: where its bundle comes from, the bundle, and whether it fetches ours.</summary>
/// <remarks>Both directions stand side by side and neither brings the other: whom we trust need not trust us.</remarks>
internal sealed record FederatedPeer
{
    /// <summary>The trust domain.</summary>
    public required TrustDomain TrustDomain { get; init; }

    /// <summary>From where its bundle is fetched; null: it is not, and nothing of that domain is trusted here.</summary>
    public FederationRelationship? Relationship { get; init; }

    /// <summary>The identities that get its bundle; empty: all.</summary>
    public IReadOnlyList<SpiffeIdPrefix> Identities { get; init; } = [];

    /// <summary>The bundle document as it was handed over or fetched last, byte for byte; empty: none yet.</summary>
    /// <remarks>As it came, and not as it was understood: a later version may read more of it under the same sequence.</remarks>
    public ReadOnlyMemory<byte> Document { get; init; }

    /// <summary>Since when that document is held; null: there is none.</summary>
    public DateTimeOffset? AcceptedAt { get; init; }

    /// <summary>When a fetch last showed that it is current, as far as that was written down; null: never.</summary>
    public DateTimeOffset? CheckedAt { get; init; }

    /// <summary>SHA-256, in lower-case hexadecimal, of the key by whose path the peer fetches our bundle; empty: it was given none.</summary>
    public string PollKeyHash { get; init; } = "";

    /// <summary>Who ordered it.</summary>
    public required string Actor { get; init; }

    /// <summary>Since when it is known.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The trust domain's own SPIFFE ID, by which the peer is listed as a consumer of our bundle.</summary>
    public string ConsumerIdentity => TrustDomain.Id.ToString();
}
