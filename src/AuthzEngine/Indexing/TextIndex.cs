using System.Collections.Frozen;
using AuthzEngine.Matching;

namespace AuthzEngine.Indexing;

/// <summary>Finds what was added under exact texts, prefixes and suffixes that a value matches.</summary>
/// <typeparam name="T">What is found.</typeparam>
internal sealed class TextIndex<T>
{
    private readonly FrozenDictionary<string, Entry>.AlternateLookup<ReadOnlySpan<char>>? _exact;
    private readonly TextTrie<T>? _prefixes;
    private readonly TextTrie<T>? _suffixes;

    /// <param name="entries">Patterns, exact, prefix or suffix, in order; of one case sensitivity.</param>
    public TextIndex(IReadOnlyCollection<KeyValuePair<TextPattern, T>> entries)
    {
        var ignoreCase = entries.Any(entry => entry.Key.IgnoreCase);
        var exact = Keys(entries, TextMatch.Exact);
        IEqualityComparer<string> comparer = ignoreCase ? AsciiFoldingComparer.Instance : StringComparer.Ordinal;
        _exact = exact.Count == 0 ? null : exact
            .ToFrozenDictionary(key => key.Key, key => new Entry(key.Value), comparer)
            .GetAlternateLookup<ReadOnlySpan<char>>();
        var prefixes = Keys(entries, TextMatch.Prefix);
        _prefixes = prefixes.Count == 0 ? null : new(prefixes, TextDirection.FromStart, ignoreCase);
        var suffixes = Keys(entries, TextMatch.Suffix);
        _suffixes = suffixes.Count == 0 ? null : new(suffixes, TextDirection.FromEnd, ignoreCase);
    }

    /// <summary>Visits what matches a value.</summary>
    /// <typeparam name="TVisitor">The visitor.</typeparam>
    /// <param name="value">The value; untrusted.</param>
    /// <param name="visitor">Takes the candidates.</param>
    /// <returns>Whether the visitor ended the lookup.</returns>
    public bool Find<TVisitor>(scoped ReadOnlySpan<char> value, ref TVisitor visitor)
        where TVisitor : struct, ICandidateVisitor<T>, allows ref struct =>
        (_exact is { } exact && exact.TryGetValue(value, out var found) && found.Show(ref visitor))
        || (_prefixes is not null && _prefixes.Find(value, ref visitor))
        || (_suffixes is not null && _suffixes.Find(value, ref visitor));

    // Mostly a key holds one thing: in the table itself it is a cache line nearer.
    private readonly struct Entry(T[] values)
    {
        private readonly T _first = values[0];
        private readonly T[] _rest = values[1..];

        public bool Show<TVisitor>(ref TVisitor visitor)
            where TVisitor : struct, ICandidateVisitor<T>, allows ref struct =>
            visitor.Visit(new ReadOnlySpan<T>(in _first)) || (_rest.Length > 0 && visitor.Visit(_rest));
    }

    private static Dictionary<string, T[]> Keys(IEnumerable<KeyValuePair<TextPattern, T>> entries, TextMatch kind) => entries
        .Where(entry => entry.Key.Kind == kind)
        .GroupBy(entry => entry.Key.IgnoreCase ? AsciiFolding.Lower(entry.Key.Text) : entry.Key.Text, entry => entry.Value)
        .ToDictionary(group => group.Key, group => group.ToArray());
}
