using AuthzEngine.Evaluation;

namespace AuthzEngine.Indexing;

/// <summary>A search for the first rule that matches a request: evaluates each candidate that still could be it.</summary>
internal ref struct RuleSearch(in RequestView view, CompiledRule? best) : ICandidateVisitor<Candidate>, ITextReader
{
    public readonly RequestView View = view;

    /// <summary>The first rule that matches so far.</summary>
    public CompiledRule? Best = best;

    /// <summary>Where texts are looked up; set before they are read.</summary>
    public TextIndex<Candidate>? Texts;

    public bool Read(scoped ReadOnlySpan<char> text) => Texts!.Find(text, ref this);

    // Never ends the lookup: what another value leads to may come before.
    public bool Visit(scoped ReadOnlySpan<Candidate> candidates)
    {
        foreach (var (rule, proved) in candidates)
        {
            if (Best is not null && rule.Rank >= Best.Rank)
            {
                return false;
            }

            if (rule.Matches(in View, proved))
            {
                Best = rule;
                return false;
            }
        }

        return false;
    }
}
