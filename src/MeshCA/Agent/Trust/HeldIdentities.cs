using System.Collections.Immutable;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Revocations;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;

namespace MeshCA.Agent.Trust;

/// <summary>The one place where SVIDs and trust come together: each change makes one whole state, and wakes who must look at it.</summary>
/// <param name="store">Gets the states.</param>
/// <param name="trustDomain">The trust domain.</param>
/// <param name="clock">The clock.</param>
internal sealed class HeldIdentities(AgentStateStore store, TrustDomain trustDomain, TimeProvider clock)
{
    private volatile TrustInputs _trust = new(trustDomain);
    private ImmutableArray<RegistrationEntry> _entries = [];
    private long _trustRevision;

    /// <summary>What says which roots there are.</summary>
    public TrustInputs Trust => _trust;

    /// <summary>Grows with each change of trust.</summary>
    public long TrustRevision => Volatile.Read(ref _trustRevision);

    /// <summary>Is called after trust changed.</summary>
    public event Action? TrustChanged;

    /// <summary>Is called after bans changed.</summary>
    public event Action? BansChanged;

    /// <summary>Takes the entries: their order is the SVIDs' order, and what has no entry any more is withdrawn.</summary>
    public void Register(ImmutableArray<RegistrationEntry> entries) => store.Publish(state =>
    {
        _entries = entries;
        var names = entries.Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        _trust = _trust with { Answered = _trust.Answered.RemoveRange(_trust.Answered.Keys.Where(name => !names.Contains(name))) };
        var kept = entries.Select(entry => state.Svids.FirstOrDefault(svid => svid.Entry.Name == entry.Name) is { } svid
            ? ReferenceEquals(svid.Entry, entry) ? svid : svid with { Entry = entry }
            : null).OfType<HeldSvid>().ToImmutableArray();
        var gone = state.LastIds.Keys.Where(name => !names.Contains(name)).ToList();
        return gone.Count == 0 && kept.AsSpan().SequenceEqual(state.Svids.AsSpan(), ReferenceEqualityComparer.Instance)
            ? state
            : state with { Svids = kept, LastIds = state.LastIds.RemoveRange(gone) };
    });

    /// <summary>Puts an SVID in place of the one before.</summary>
    /// <param name="held">The SVID.</param>
    /// <param name="answered">The roots that came with it.</param>
    /// <param name="file">The roots file's, where it is of the same authority.</param>
    /// <returns>What is wrong with it; null where it is in place.</returns>
    public string? Hold(HeldSvid held, X509Bundle answered, X509Bundle? file)
    {
        string? fault = null;
        var changed = false;
        store.Publish(state =>
        {
            var trust = _trust.Answer(held.Entry.Name, answered, file);
            var bundle = trust.Merge();
            var verdict = bundle is null ? X509SvidError.EmptyBundle : held.Svid.Verify(bundle.X509, clock.GetUtcNow());
            if (verdict != X509SvidError.None)
            {
                fault = $"the certificate does not verify to the trust bundle: {verdict}";
                return state;
            }

            var index = IndexOf(held.Entry);
            if (index < 0)
            {
                fault = "its entry is gone";
                return state;
            }

            (state, changed) = Take(trust, state);
            return state with { Svids = Replace(state.Svids, held), LastIds = state.LastIds.SetItem(held.Entry.Name, held.Svid.Id) };
        });
        Announce(changed);
        return fault;
    }

    /// <summary>Takes an entry's SVID away, which has expired: whose it was stays known.</summary>
    public void Withdraw(string entry) => store.Publish(state =>
    {
        var left = state.Svids.RemoveAll(svid => svid.Entry.Name == entry);
        return left.Length == state.Svids.Length ? state : state with { Svids = left };
    });

    /// <summary>Takes an entry's SVID away, which is not wanted any more: what takes its place may have another identity.</summary>
    public void Forget(string entry) => store.Publish(state =>
    {
        var left = state.Svids.RemoveAll(svid => svid.Entry.Name == entry);
        return left.Length == state.Svids.Length && !state.LastIds.ContainsKey(entry)
            ? state
            : state with { Svids = left, LastIds = state.LastIds.Remove(entry) };
    });

    /// <summary>Takes a bundle of the stream.</summary>
    /// <returns>The state that has it.</returns>
    /// <param name="bundle">The bundle.</param>
    /// <param name="tainted">Key identifiers of compromised authorities.</param>
    /// <param name="shared">The other trust domains that it is for.</param>
    public AgentState Follow(TrustBundle bundle, ImmutableHashSet<string> tainted, ImmutableHashSet<TrustDomain> shared)
    {
        var state = store.Publish(state => Take(_trust.Follow(bundle, tainted, shared), state).State);
        Announce(changed: true);
        return state;
    }

    /// <summary>The stream is closed: from now on what comes with SVIDs counts beside its last bundle.</summary>
    public void StreamClosed() => store.Publish(state =>
    {
        _trust = _trust with { IsStreamOpen = false };
        return state;
    });

    /// <summary>Takes the bundles of the trust domains of other authorities, all of them.</summary>
    public void Federate(ImmutableDictionary<TrustDomain, TrustBundle> foreign) =>
        store.Publish(state => Take(_trust with { Foreign = foreign }, state).State);

    /// <summary>Takes the bans and the revocation lists, all of them. When it returns nothing is given out against them.</summary>
    public void Revoke(ImmutableArray<ReadOnlyMemory<byte>> lists, HeldBans bans)
    {
        store.Publish(state => state with { RevocationLists = lists, Bans = bans });
        BansChanged?.Invoke();
    }

    /// <summary>Takes the bans out that have ended, and those back in that a clock ahead of the time had ended.</summary>
    public void EndBans()
    {
        store.Publish(state => state.Bans.At(clock.GetUtcNow()) is var left && ReferenceEquals(left, state.Bans) ? state : state with { Bans = left });
        BansChanged?.Invoke();
    }

    /// <summary>The revocation lists, DER.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Lists => store.Current.RevocationLists;

    /// <summary>The bans in force.</summary>
    public HeldBans Bans => store.Current.Bans;

    /// <summary>What bans an entry's identity; null: nothing that is known.</summary>
    public Revocation? BanOf(RegistrationEntry entry) => store.Current.BanOf(entry);

    // The same object where nothing is new, so that nobody is told of it.
    private (AgentState State, bool Changed) Take(TrustInputs trust, AgentState present)
    {
        _trust = trust;
        var own = trust.Merge();
        var changed = own != present.Bundle;
        var federated = trust.Federate(own);
        return changed || !AreSame(federated, present.Federated)
            ? (present with { Bundle = changed ? own : present.Bundle, Federated = federated }, changed)
            : (present, false);
    }

    private static bool AreSame(ImmutableDictionary<TrustDomain, TrustBundle> left, ImmutableDictionary<TrustDomain, TrustBundle> right) =>
        left.Count == right.Count && left.All(pair => right.TryGetValue(pair.Key, out var other) && pair.Value == other);

    private void Announce(bool changed)
    {
        if (changed)
        {
            Interlocked.Increment(ref _trustRevision);
            TrustChanged?.Invoke();
        }
    }

    private int IndexOf(RegistrationEntry entry)
    {
        for (var i = 0; i < _entries.Length; i++)
        {
            if (_entries[i].Name == entry.Name)
            {
                return i;
            }
        }

        return -1;
    }

    private ImmutableArray<HeldSvid> Replace(ImmutableArray<HeldSvid> present, HeldSvid held) =>
        [.. present.RemoveAll(svid => svid.Entry.Name == held.Entry.Name).Add(held).OrderBy(svid => IndexOf(svid.Entry))];
}
