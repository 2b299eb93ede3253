using AuthzEngine.Evaluation;
using AuthzEngine.Evaluation.Clauses;

namespace AuthzEngine.Indexing;

/// <summary>Chooses for each rule by which values it is found: those that it shares with the fewest other rules.</summary>
internal sealed class AnchorChoice
{
    private readonly Dictionary<CompiledClause, IReadOnlyList<Anchor>?> _anchors = [];
    private readonly Dictionary<Anchor, int> _uses = [];

    public AnchorChoice(IEnumerable<CompiledRule> rules)
    {
        foreach (var clause in rules.SelectMany(rule => rule.Clauses))
        {
            foreach (var anchor in AnchorsOf(clause) ?? [])
            {
                _uses[anchor] = _uses.GetValueOrDefault(anchor) + 1;
            }
        }
    }

    /// <summary>The values of which a request has one whenever the rule matches it, each with what it leads to.</summary>
    /// <returns>Null where there is no such choice: the rule must always be evaluated.</returns>
    public IEnumerable<KeyValuePair<Anchor, Candidate>>? Of(CompiledRule rule) => Best(rule.Demanded
        .Select(clause => Option(rule, clause))
        .Concat(rule.Alternatives.Select(alternatives => Option(rule, alternatives))));

    private List<KeyValuePair<Anchor, Candidate>>? Option(CompiledRule rule, CompiledClause demanded) => AnchorsOf(demanded)?
        .Select(anchor => KeyValuePair.Create(anchor, new Candidate(rule, anchor.Proves ? demanded : null))).ToList();

    // One of the alternatives must hold, so each needs a clause to be found by; none of them is proved to be the one.
    private List<KeyValuePair<Anchor, Candidate>>? Option(CompiledRule rule, CompiledClause[][] alternatives)
    {
        var anchors = new List<KeyValuePair<Anchor, Candidate>>();
        foreach (var alternative in alternatives)
        {
            if (Best(alternative.Select(clause => Option(rule, clause))) is not { } best)
            {
                return null;
            }

            anchors.AddRange(best.Select(anchor => KeyValuePair.Create(anchor.Key, new Candidate(rule, null))));
        }

        return anchors;
    }

    private List<KeyValuePair<Anchor, Candidate>>? Best(IEnumerable<List<KeyValuePair<Anchor, Candidate>>?> options) =>
        options.OfType<List<KeyValuePair<Anchor, Candidate>>>().MinBy(anchors => anchors.Max(anchor => _uses[anchor.Key]));

    private IReadOnlyList<Anchor>? AnchorsOf(CompiledClause clause)
    {
        if (!_anchors.TryGetValue(clause, out var anchors))
        {
            anchors = ClauseAnchors.Of(clause.Model);
            _anchors.Add(clause, anchors);
        }

        return anchors;
    }
}
