using System.Collections.Immutable;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.Identities;

/// <summary>All that the agent serves from at one moment. Immutable, replaced as a whole; every stream shares it.</summary>
internal sealed record AgentState
{
    /// <summary>Grows with each state, from 1 on; 0: nothing was got yet.</summary>
    public required long Revision { get; init; }

    /// <summary>The SVIDs, in the order of their entries: the first that a caller may have is its default. Expired ones are not here.</summary>
    public required ImmutableArray<HeldSvid> Svids { get; init; }

    /// <summary>The bundle of the agent's own trust domain; null until it is known.</summary>
    public required TrustBundle? Bundle { get; init; }

    /// <summary>The bundles of federated trust domains, each for its own domain only.</summary>
    public required ImmutableDictionary<TrustDomain, TrustBundle> Federated { get; init; }

    /// <summary>Revocation lists in DER.</summary>
    public required ImmutableArray<ReadOnlyMemory<byte>> RevocationLists { get; init; }
}
