using AuthzEngine.Matching;

namespace AuthzEngine.Indexing;

/// <summary>Finds what was added under exactly a text.</summary>
/// <remarks>
/// A hash table that never changes, all of its keys in one array: what a look-up in ten thousand keys waits for are pages and
/// cache lines, and here it touches one line each of the slots, the entries and the keys.
/// </remarks>
/// <typeparam name="T">What a key holds.</typeparam>
internal sealed class TextTable<T>
{
    private readonly int[] _slots;
    private readonly Entry[] _entries;
    private readonly char[] _keys;
    private readonly bool _ignoreCase;
    private readonly int _shortest;
    private readonly int _longest;

    /// <param name="entries">Keys, at least one, without duplicates.</param>
    /// <param name="ignoreCase">Whether texts are folded; keys are in lower case then.</param>
    public TextTable(IReadOnlyCollection<KeyValuePair<string, Held<T>>> entries, bool ignoreCase)
    {
        _ignoreCase = ignoreCase;
        _slots = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)entries.Count) + 1];
        _entries = new Entry[entries.Count];
        (_shortest, _longest) = (entries.Min(entry => entry.Key.Length), entries.Max(entry => entry.Key.Length));
        var keys = new List<char>();
        var sorted = entries.Select(entry => (Hash: Hash(entry.Key), entry.Key, entry.Value)).OrderBy(entry => Slot(entry.Hash));
        foreach (var (i, (hash, key, value)) in sorted.Index())
        {
            _entries[i] = new(hash, keys.Count, key.Length, value);
            keys.AddRange(key);
            _slots[Slot(hash) + 1] = i + 1;
        }

        // A slot ends where the next begins, also one without entries.
        for (var slot = 1; slot < _slots.Length; slot++)
        {
            _slots[slot] = Math.Max(_slots[slot], _slots[slot - 1]);
        }

        _keys = [.. keys];
    }

    /// <summary>Shows the visitor what a text holds.</summary>
    /// <returns>Whether the visitor ended the lookup.</returns>
    public bool Find<TVisitor>(scoped ReadOnlySpan<char> text, ref TVisitor visitor)
        where TVisitor : struct, ICandidateVisitor<T>, allows ref struct
    {
        if (text.Length < _shortest || text.Length > _longest)
        {
            return false;
        }

        var hash = Hash(text);
        var slot = Slot(hash);
        for (var at = _slots[slot]; at < _slots[slot + 1]; at++)
        {
            ref readonly var entry = ref _entries[at];
            if (entry.Hash == hash && Equal(text, _keys.AsSpan(entry.Key, entry.Length)))
            {
                return entry.Values.Show(ref visitor);
            }
        }

        return false;
    }

    private bool Equal(scoped ReadOnlySpan<char> text, ReadOnlySpan<char> key) =>
        _ignoreCase ? AsciiFolding.Equal(text, key) : text.SequenceEqual(key);

    private uint Hash(scoped ReadOnlySpan<char> text) => _ignoreCase ? TextHash.OfFolded(text) : TextHash.Of(text);

    private int Slot(uint hash) => (int)(hash & (uint)(_slots.Length - 2));

    private readonly record struct Entry(uint Hash, int Key, int Length, Held<T> Values);
}
