using System.Collections.Concurrent;
using System.Collections.Immutable;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Revocations;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.Views;

/// <summary>An SVID as a caller has it.</summary>
/// <param name="Entry">The entry in force, with its present hint.</param>
/// <param name="Held">The SVID.</param>
internal sealed record ViewedIdentity(RegistrationEntry Entry, HeldSvid Held)
{
    /// <summary>Its SPIFFE ID.</summary>
    public SpiffeId Id => Held.Svid.Id;
}

/// <summary>How a caller stands.</summary>
internal enum WorkloadStanding
{
    /// <summary>It has an identity, and there is a bundle.</summary>
    Ready,

    /// <summary>Some entry admits it, and what that asks for is not here, or no longer.</summary>
    NotYet,

    /// <summary>Every identity that it may have is banned.</summary>
    Banned,

    /// <summary>No entry admits it.</summary>
    Never,
}

/// <summary>What callers that the same entries admit see of one state. Immutable; what is made of it is made once, for all of them.</summary>
/// <param name="state">The state.</param>
/// <param name="selection">Their entries.</param>
internal sealed class WorkloadView(AgentState state, EntrySelection selection)
{
    private readonly ConcurrentDictionary<(Type Kind, string Name), object> _made = [];

    /// <summary>The state.</summary>
    public AgentState State => state;

    /// <summary>Their entries.</summary>
    public EntrySelection Selection => selection;

    /// <summary>Their identities, the default first: only those of the bundle's trust domain, and none that is banned.</summary>
    public ImmutableArray<ViewedIdentity> Identities { get; } = Join(state, selection);

    /// <summary>What bans identities of theirs, one for each entry whose identity is banned.</summary>
    public ImmutableArray<Revocation> Bans { get; } =
        state.Bans.Entries.IsEmpty ? [] : [.. selection.Entries.Select(state.BanOf).OfType<Revocation>()];

    /// <summary>The own trust domain's bundle, if it holds anything: an empty one makes clients stop.</summary>
    public TrustBundle? Bundle => state.Bundle is { X509.Authorities.Count: > 0 } bundle ? bundle : null;

    /// <summary>How they stand.</summary>
    public WorkloadStanding Standing =>
        selection.Entries.IsEmpty ? WorkloadStanding.Never
        : Bans.Length == selection.Entries.Length ? WorkloadStanding.Banned
        : Identities.IsEmpty || Bundle is null ? WorkloadStanding.NotYet
        : WorkloadStanding.Ready;

    /// <summary>How they stand for bundles alone.</summary>
    /// <param name="isForEverybody">Whether those without an identity get them too.</param>
    public WorkloadStanding StandingForBundles(bool isForEverybody) =>
        selection.Entries.IsEmpty && !isForEverybody ? WorkloadStanding.Never
        : Bundle is null ? WorkloadStanding.NotYet
        : WorkloadStanding.Ready;

    /// <summary>What bans an identity, where it is one of theirs.</summary>
    public Revocation? BanOf(SpiffeId id) => selection.Entries.Any(entry => id.Equals(state.IdOf(entry))) ? state.Bans.Find(id) : null;

    /// <summary>Something made of the view: once, however many ask for it.</summary>
    /// <param name="name">Tells things of one type apart; not a name that a caller chose freely.</param>
    /// <param name="make">Makes it, and must always make the same.</param>
    public T Once<T>(string name, Func<WorkloadView, T> make)
        where T : class => (T)_made.GetOrAdd((typeof(T), name), static (_, from) => from.make(from.view), (make, view: this));

    private static ImmutableArray<ViewedIdentity> Join(AgentState state, EntrySelection selection)
    {
        var found = ImmutableArray.CreateBuilder<ViewedIdentity>();
        foreach (var entry in selection.Entries)
        {
            // Not by name alone: the file may have changed, and what was got for the old entry is not the new one's.
            foreach (var held in state.Svids)
            {
                if (entry.AsksTheSameAs(held.Entry) && state.Bundle is { } bundle && held.Svid.Id.MemberOf(bundle.TrustDomain)
                    && state.Bans.Find(held.Svid.Id) is null)
                {
                    found.Add(new(entry, held));
                    break;
                }
            }
        }

        return found.ToImmutable();
    }
}
