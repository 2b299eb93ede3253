using System.Collections.Immutable;
using MeshCA.Agent.Registration;
using MeshCA.Revocations;
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

    /// <summary>The bans in force: an SVID of one that is banned is held, and given to nobody.</summary>
    public HeldBans Bans { get; init; } = HeldBans.None;

    /// <summary>The identities that entries had last, by their names: known even when an SVID has ended.</summary>
    public ImmutableDictionary<string, SpiffeId> LastIds { get; init; } = ImmutableDictionary.Create<string, SpiffeId>(StringComparer.Ordinal);

    /// <summary>The identity of an entry; null while it is not known.</summary>
    public SpiffeId? IdOf(RegistrationEntry entry) =>
        entry.Id ?? Svids.FirstOrDefault(held => entry.AsksTheSameAs(held.Entry))?.Svid.Id ?? LastIds.GetValueOrDefault(entry.Name);

    /// <summary>What bans an entry's identity; null: nothing that is known.</summary>
    public Revocation? BanOf(RegistrationEntry entry) => Bans.Entries.IsEmpty || IdOf(entry) is not { } id ? null : Bans.Find(id);
}
