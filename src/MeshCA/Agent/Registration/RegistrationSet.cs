using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace MeshCA.Agent.Registration;

/// <summary>All entries at one moment, and whom each admits. Immutable.</summary>
/// <param name="revision">Grows with each change, from 1 on.</param>
/// <param name="entries">In the operator's order, names are unique; the first that a caller may have is its default.</param>
internal sealed class RegistrationSet(long revision, ImmutableArray<RegistrationEntry> entries)
{
    // Callers are users of one machine; whoever makes more of them than that is served, and shares nothing.
    private const int MaxSelections = 4_096;

    private readonly ConcurrentDictionary<(uint User, uint Group), EntrySelection> _byPeer = [];
    private readonly ConcurrentDictionary<string, EntrySelection> _byNames = new(StringComparer.Ordinal);
    private readonly Lazy<FullestCaller> _fullest = new(() => FullestCaller.Of(entries));

    /// <summary>Its revision.</summary>
    public long Revision => revision;

    /// <summary>The entries.</summary>
    public ImmutableArray<RegistrationEntry> Entries => entries;

    /// <summary>The caller that has the most entries.</summary>
    public FullestCaller Fullest => _fullest.Value;

    /// <summary>The entries that a caller may have; the same object for callers with the same ones.</summary>
    public EntrySelection Select(WorkloadPeer peer)
    {
        if (_byPeer.TryGetValue((peer.UserId, peer.GroupId), out var known))
        {
            return known;
        }

        var selection = new EntrySelection([.. entries.Where(entry => entry.Admits(peer))]);
        if (_byPeer.Count >= MaxSelections)
        {
            return selection;
        }

        selection = _byNames.GetOrAdd(selection.Names, selection);
        return _byPeer.GetOrAdd((peer.UserId, peer.GroupId), selection);
    }
}

/// <summary>Entries that go together; compared by reference.</summary>
internal sealed class EntrySelection(ImmutableArray<RegistrationEntry> entries)
{
    /// <summary>The entries, the default first.</summary>
    public ImmutableArray<RegistrationEntry> Entries => entries;

    /// <summary>Their names, which have no commas; unique within the registrations that it belongs to.</summary>
    public string Names { get; } = string.Join(',', entries.Select(entry => entry.Name));
}
