using AuthzEngine.Indexing;
using AuthzEngine.Matching;

namespace AuthzEngine.Evaluation.Clauses;

/// <summary>The values of one field, of which a text must match one. Many values are looked up, few are compared.</summary>
/// <remarks>Part of its clause, and one value part of it: each object on the way to a text costs a decision a cache line.</remarks>
internal readonly struct TextSet
{
    private const int Few = 8;

    private readonly string? _only;
    private readonly TextMatch _kind;
    private readonly bool _ignoreCase;
    private readonly TextPattern[]? _compared;
    private readonly TextIndex<bool>? _lookedUp;

    /// <param name="patterns">The values; none matches nothing.</param>
    public TextSet(IReadOnlyCollection<TextPattern> patterns)
    {
        if (patterns.Count == 1)
        {
            (_kind, var only, _ignoreCase) = patterns.First();
            _only = new(only.AsSpan()); // a copy, made beside its clause: on the same page of memory, most likely
            return;
        }

        if (patterns.Count <= Few)
        {
            _compared = [.. patterns];
            return;
        }

        _compared = [.. patterns.Where(pattern => pattern.Kind is TextMatch.Present or TextMatch.NonEmpty)];
        _lookedUp = new([.. patterns.Except(_compared).Select(pattern => KeyValuePair.Create(pattern, true))]);
    }

    public bool Contains(scoped ReadOnlySpan<char> text) => _only is not null
        ? TextPattern.Matches(_kind, _only, _ignoreCase, text)
        : ContainsAny(text);

    private bool ContainsAny(scoped ReadOnlySpan<char> text)
    {
        foreach (var pattern in _compared ?? [])
        {
            if (pattern.Matches(text))
            {
                return true;
            }
        }

        var any = default(AnyCandidate);
        return _lookedUp is not null && _lookedUp.Find(text, ref any);
    }

    /// <summary>A reader that has enough with the first text that matches.</summary>
    public Reader Search() => new(this);

    internal readonly struct Reader(TextSet set) : ITextReader
    {
        public bool Read(scoped ReadOnlySpan<char> text) => set.Contains(text);
    }
}
