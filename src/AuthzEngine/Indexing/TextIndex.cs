using AuthzEngine.Matching;

namespace AuthzEngine.Indexing;

/// <summary>Finds what was added under exact texts, prefixes and suffixes that a value matches.</summary>
/// <typeparam name="T">What is found.</typeparam>
internal sealed class TextIndex<T>
{
    private readonly TextTable<T>? _exact;
    private readonly TextTrie<T>? _prefixes;
    private readonly TextTrie<T>? _suffixes;

    /// <param name="entries">Patterns, exact, prefix or suffix, in order; of one case sensitivity.</param>
    public TextIndex(IReadOnlyCollection<KeyValuePair<TextPattern, T>> entries)
    {
        var ignoreCase = entries.Any(entry => entry.Key.IgnoreCase);
        var exact = Keys(entries, TextMatch.Exact);
        _exact = exact.Count == 0 ? null : new(exact, ignoreCase);
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
        (_exact is not null && _exact.Find(value, ref visitor))
        || (_prefixes is not null && _prefixes.Find(value, ref visitor))
        || (_suffixes is not null && _suffixes.Find(value, ref visitor));

    private static Dictionary<string, Held<T>> Keys(IEnumerable<KeyValuePair<TextPattern, T>> entries, TextMatch kind) => entries
        .Where(entry => entry.Key.Kind == kind)
        .GroupBy(entry => entry.Key.IgnoreCase ? AsciiFolding.Lower(entry.Key.Text) : entry.Key.Text, entry => entry.Value)
        .ToDictionary(group => group.Key, group => new Held<T>([.. group]));
}
