using AuthzEngine.Evaluation;

namespace AuthzEngine.Indexing;

/// <summary>A search for the first rule that matches a request: evaluates each candidate that still could be it.</summary>
internal ref struct RuleSearch(in RequestView view, CompiledRule? best) : ICandidateVisitor<Candidate>, ITextReader
{
    public readonly RequestView View = view;

    /// <summary>Where texts are looked up; set before they are read.</summary>
    public TextIndex<Candidate>? Texts;

    private int _rank = best?.Rank ?? int.MaxValue;

    /// <summary>The first rule that matches so far.</summary>
    public CompiledRule? Best { get; private set; } = best;

    public bool Read(scoped ReadOnlySpan<char> text) => Texts!.Find(text, ref this);

    // Never ends the lookup: what another value leads to may come before.
    public bool Visit(scoped ReadOnlySpan<Candidate> candidates)
    {
        foreach (ref readonly var candidate in candidates)
        {
            if (candidate.Rank >= _rank)
            {
                return false;
            }

            if (candidate.Rest.Matches(in View))
            {
                (Best, _rank) = (candidate.Rule, candidate.Rank);
                return false;
            }
        }

        return false;
    }
}
