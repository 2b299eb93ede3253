using AuthzEngine.Evaluation;

namespace AuthzEngine.Indexing;

/// <summary>
/// Patterns of one clause, of which a request must match one, each more than a text. Few are compared one by one; many are
/// found by a text that a request must have for them to match, and then compared.
/// </summary>
/// <typeparam name="TPattern">The pattern.</typeparam>
/// <typeparam name="TMatcher">How one is compared. A struct, so that the comparison is compiled for it.</typeparam>
internal sealed class PatternSet<TPattern, TMatcher>
    where TPattern : class
    where TMatcher : struct, IPatternMatcher<TPattern>
{
    private const int Few = 8;

    private readonly TPattern[] _compared;
    private readonly PatternIndex[] _indexes;

    /// <param name="patterns">The patterns; none matches nothing.</param>
    /// <param name="anchors">The values of which a request has each when a pattern matches it: any of them finds it.</param>
    public PatternSet(IReadOnlyCollection<TPattern> patterns, Func<TPattern, IEnumerable<Anchor>> anchors)
    {
        if (patterns.Count <= Few)
        {
            (_compared, _indexes) = ([.. patterns], []);
            return;
        }

        var options = patterns.Distinct().Select(pattern => (Pattern: pattern, Anchors: anchors(pattern).ToList())).ToList();
        var uses = options.SelectMany(option => option.Anchors).CountBy(anchor => anchor).ToDictionary();
        _compared = [.. options.Where(option => option.Anchors.Count == 0).Select(option => option.Pattern)];
        _indexes =
        [
            .. options
                .Where(option => option.Anchors.Count > 0)
                .Select(option => KeyValuePair.Create(option.Anchors.MinBy(anchor => uses[anchor]), option.Pattern))
                .GroupBy(entry => entry.Key.Target)
                .Select(group => new PatternIndex(group.Key, [.. group])),
        ];
    }

    /// <summary>Whether one of the patterns matches.</summary>
    /// <param name="view">The request; its attribute is known.</param>
    public bool Matches(in RequestView view)
    {
        if (AnyMatches(_compared, in view))
        {
            return true;
        }

        foreach (var index in _indexes)
        {
            if (index.Matches(in view))
            {
                return true;
            }
        }

        return false;
    }

    private static bool AnyMatches(scoped ReadOnlySpan<TPattern> patterns, in RequestView view)
    {
        foreach (var pattern in patterns)
        {
            if (TMatcher.Matches(pattern, in view))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The patterns that are found by the same attribute.</summary>
    private sealed class PatternIndex(AnchorTarget target, IReadOnlyList<KeyValuePair<Anchor, TPattern>> entries)
    {
        private readonly TextSource? _source = (target as AnchorTarget.Text)?.Source;
        private readonly TPattern[] _all = [.. entries.Select(entry => entry.Value)];
        private readonly TextIndex<TPattern> _texts =
            new([.. entries.Select(entry => KeyValuePair.Create(entry.Key.Pattern!, entry.Value))]); // only texts find patterns

        public bool Matches(in RequestView view)
        {
            var search = new PatternSearch(in view, _texts);
            if (_source is not null)
            {
                return _source.Read(in view, ref search);
            }

            return view.Peer is { } peer
                && (PeerText.TryReadAccounts(peer, ref search) ? search.Found : AnyMatches(_all, in view));
        }
    }

    private ref struct PatternSearch(in RequestView view, TextIndex<TPattern> texts) : ICandidateVisitor<TPattern>, ITextReader
    {
        private readonly RequestView _view = view;

        public bool Found { get; private set; }

        public bool Read(scoped ReadOnlySpan<char> text) => texts.Find(text, ref this);

        public bool Visit(scoped ReadOnlySpan<TPattern> candidates) => Found |= AnyMatches(candidates, in _view);
    }
}

/// <summary>Compares one pattern with a request.</summary>
/// <typeparam name="TPattern">The pattern.</typeparam>
internal interface IPatternMatcher<TPattern>
{
    /// <summary>Whether the pattern matches.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="view">The request.</param>
    static abstract bool Matches(TPattern pattern, in RequestView view);
}
